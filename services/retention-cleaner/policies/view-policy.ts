import type { CleanupPolicyResource, CleanupPolicySettings } from '@berth/contracts';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';

/** What people say about a policy. */
export function settingsOf(policy: PolicyDocument): CleanupPolicySettings {
  const { name, images, tags, untagged, keep, schedule, timeZone, maxDeletedShare, enabled } = policy;
  return {
    ...{ name, images, tags, untagged, keep },
    ...(schedule !== undefined && { schedule }),
    ...{ timeZone, maxDeletedShare, enabled },
  };
}

export function viewPolicy(policy: PolicyDocument): CleanupPolicyResource {
  const { id, registry, createdAt, updatedAt, createdBy } = policy;
  return { id, registry, ...settingsOf(policy), createdAt, updatedAt, createdBy };
}
