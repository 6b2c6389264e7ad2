import { unlessConflict } from '@berth/document-store';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import { type Origin, policyEvent } from '../events.ts';
import type { Records } from '../records.ts';
import { stopRunOf } from '../runs/stop-run.ts';
import { policiesOf } from './find-policies.ts';

/** Removes a policy by the version that was read: StoreError VERSION_CONFLICT. Its run stops; its schedule goes when it is due. */
export async function deletePolicy(records: Records, policy: PolicyDocument, origin: Origin): Promise<void> {
  await records.policies.remove(policy, policyEvent(records, { type: 'cleanup.deleted', policy, origin }));
  await stopRunOf(records, policy.id);
}

/** Removes all policies of a registry that is gone. May be done again. */
export async function removePoliciesOf(records: Records, registryId: string, origin: Origin): Promise<void> {
  for (let left = await policiesOf(records, registryId); left.length > 0; ) {
    for (const policy of left) await unlessConflict(deletePolicy(records, policy, origin));
    left = await policiesOf(records, registryId);
  }
}
