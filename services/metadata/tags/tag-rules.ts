import { ServiceError } from '@berth/contracts';
import { isLowercaseTag, isTag, LOWERCASE_TAG_RULE, TAG_RULE } from '@berth/oci';
import type { Registry } from '../documents/registry.ts';

/** TAG_INVALID when the registry's `tagNaming` does not allow the tag; the message says the rule and the setting. */
export function assertTagAllowed(registry: Pick<Registry, 'name' | 'tagNaming'>, tag: string): void {
  if (registry.tagNaming === 'oci' ? isTag(tag) : isLowercaseTag(tag)) return;
  const rule = registry.tagNaming === 'oci' ? TAG_RULE : LOWERCASE_TAG_RULE;
  throw new ServiceError(
    'TAG_INVALID',
    `tag "${tag.slice(0, 200)}" is not valid: ${rule} (setting tagNaming: "${registry.tagNaming}" of registry "${registry.name}")`,
    { detail: { tag: tag.slice(0, 200), tagNaming: registry.tagNaming } },
  );
}
