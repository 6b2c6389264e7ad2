import type { CleanupPolicySettings } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { changedFields } from '@berth/http';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import { type Origin, policyEvent } from '../events.ts';
import { type Records, timestamp } from '../records.ts';
import { stopRunOf } from '../runs/stop-run.ts';
import { checkSettings, rulesOf } from './check-settings.ts';
import { taken } from './create-policy.ts';
import { settingsOf } from './view-policy.ts';
import { writeSchedule } from './write-schedule.ts';

/**
 * Changes a policy by the version that was read; one that says the same stays as it is, without an event. A run that was
 * started by other rules stops. NAME_TAKEN and POLICY_EXISTS with detail {existingId}, GLOB_INVALID, REQUEST_INVALID; StoreError
 * VERSION_CONFLICT.
 */
export async function updatePolicy(
  records: Records,
  policy: PolicyDocument,
  { settings, origin }: { readonly settings: CleanupPolicySettings; readonly origin: Origin },
): Promise<PolicyDocument> {
  checkSettings(settings);
  const changes = changedFields(settingsOf(policy), settings);
  if (changes.length === 0) return policy;
  await writeSchedule(records, policy.id, settings);
  const { schedule: _, ...rest } = policy;
  const changed = { ...rest, ...settings, rules: rulesOf(settings), updatedAt: timestamp(records) };
  try {
    const event = policyEvent(records, { type: 'cleanup.updated', policy: changed, changes, origin });
    const written = await records.policies.replace(changed, event);
    await stopRunOf(records, policy.id);
    return written;
  } catch (error) {
    throw isStoreError(error, 'UNIQUE_TAKEN') ? await taken(records, settings, error) : error;
  }
}
