import { ServiceError } from '@berth/contracts';
import { isLowercaseTag, isTag } from '@berth/oci';
import type { Registry } from '../documents/registry.ts';

/** TAG_INVALID when the registry's `tagNaming` does not allow the tag; the message says the rule and the setting. */
export function assertTagAllowed(registry: Pick<Registry, 'name' | 'tagNaming'>, tag: string): void {
  if (registry.tagNaming === 'oci' ? isTag(tag) : isLowercaseTag(tag)) return;
  const rule =
    registry.tagNaming === 'oci'
      ? 'letters, digits, "_", "." and "-", not beginning with "." or "-", at most 128 characters'
      : 'lower-case letters, digits, "_", "." and "-", not beginning with "." or "-", at most 128 characters';
  throw new ServiceError(
    'TAG_INVALID',
    `tag "${tag.slice(0, 200)}" is not valid: ${rule} (setting tagNaming: "${registry.tagNaming}" of registry "${registry.name}")`,
    { detail: { tag: tag.slice(0, 200), tagNaming: registry.tagNaming } },
  );
}
