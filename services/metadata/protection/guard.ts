import { compileFilter } from '@berth/globs';
import type { ProtectionPolicy } from '../documents/protection-policy.ts';

/** What the decision looks at. */
export type ProtectingPolicy = Pick<ProtectionPolicy, 'name' | 'images' | 'tags' | 'enabled'>;

/** The name of the policy that protects a tag of the image; undefined for a tag that may be moved and deleted. */
export type ImageGuard = (tag: string) => string | undefined;

/**
 * The one guard (architecture, invariant 6): decides for an image which of its tags are protected. Null when no enabled
 * policy is about the image, so that nobody need ask which tags there are. A policy that cannot be understood
 * protects everything.
 */
export function guardOf(policies: readonly ProtectingPolicy[], image: string): ImageGuard | null {
  const protections = policies.flatMap((policy) => {
    const protects = policy.enabled ? tagsProtectedBy(policy, image) : null;
    return protects === null ? [] : [{ policy: policy.name, protects }];
  });
  if (protections.length === 0) return null;
  return (tag) => protections.find(({ protects }) => protects(tag))?.policy;
}

/** Whatever goes wrong here must keep, not free: so every error is caught. */
function tagsProtectedBy(policy: ProtectingPolicy, image: string): ((tag: string) => boolean) | null {
  try {
    return compileFilter(policy.images)(image) ? compileFilter(policy.tags) : null;
  } catch {
    return () => true;
  }
}
