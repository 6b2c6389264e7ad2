import type { CloudEvent } from '@berth/contracts';
import { isAttachingTag } from '@berth/oci';

/** True for events about what belongs to another artifact: by its data, or by a tag that says so. */
export function isAttached(event: CloudEvent): boolean {
  const { attached, tag } = event.data as { attached?: unknown; tag?: unknown };
  return attached === true || (typeof tag === 'string' && isAttachingTag(tag));
}
