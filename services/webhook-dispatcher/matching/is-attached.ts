import type { CloudEvent } from '@berth/contracts';

/** Tags by which cosign and others attach signatures, attestations and SBOMs to an artifact. */
const ATTACHING_TAG = /^sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/;

/** True for events about what belongs to another artifact: by its data, or by a tag that says so. */
export function isAttached(event: CloudEvent): boolean {
  const { attached, tag } = event.data as { attached?: unknown; tag?: unknown };
  return attached === true || (typeof tag === 'string' && ATTACHING_TAG.test(tag));
}
