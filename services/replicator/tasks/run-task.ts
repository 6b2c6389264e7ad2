import { isServiceError } from '@berth/contracts';
import { ownerOfTag } from '@berth/oci';
import type { CopyParts } from '../copy/copy-side.ts';
import { type CopyOutcome, copyTag } from '../copy/copy-tag.ts';
import type { Task, TaskDocument } from '../documents/task.ts';
import type { LocalRegistries, Registries } from '../ports.ts';
import type { Records } from '../records.ts';
import { mirrorDeletion, noteWritten } from './mirror-tag.ts';
import { sidesOf } from './sides-of.ts';

export interface TaskParts {
  readonly records: Records;
  readonly registries: Registries;
  readonly local: Pick<LocalRegistries, 'exists'>;
  readonly signal: AbortSignal;
  readonly onBytes: CopyParts['onBytes'];
}

/** How a task ends. */
export type TaskOutcome = Pick<Task, 'state' | 'digest' | 'reason'>;

/** Copies what a task names by its policy as it is now. Errors of the way are the caller's. */
export async function runTask(
  parts: TaskParts,
  { runId, policyId, image, tag }: TaskDocument,
): Promise<TaskOutcome> {
  const run = await parts.records.runs.get(runId);
  if (run === null) return { state: 'skipped', reason: 'its run is gone' };
  const { policy, ...sides } = await sidesOf(parts, policyId).catch((error: unknown) => {
    if (!isServiceError(error, 'POLICY_NOT_FOUND', 'ENDPOINT_NOT_FOUND')) throw error;
    return { policy: null, reason: error.message };
  });
  if (policy === null) return { state: 'skipped', reason: 'its policy is gone' };
  const { source, destination, sourceOf, destinationOf } = sides as Exclude<typeof sides, { reason: string }>;
  const copy: CopyParts = {
    source: { client: source, repository: sourceOf(image) },
    destination: { client: destination, repository: destinationOf(image) },
    bytesPerSecond: policy.bandwidthBytesPerSecond,
    ...{ signal: parts.signal, onBytes: parts.onBytes },
  };
  const owner = ownerOfTag(tag);
  if (owner !== undefined && !(await isThere(copy, owner)))
    return { state: 'skipped', reason: 'what it is attached to is not at the destination' };
  // What is attached grows: it is no other artifact that somebody else put there.
  const overwrites = policy.overwrite === 'always' || owner !== undefined;
  const rules = { overwrites, dryRun: run.dryRun };
  const outcome = await copyTag(copy, tag, rules);
  if (policy.deletes !== 'mirror' || run.dryRun) return shown(outcome);
  const place = { policyId, image, tag };
  if (outcome.state === 'copied') await noteWritten(parts.records, { ...place, digest: outcome.digest });
  // That of a registry which is being deleted is no wish of anybody to delete tags.
  if (!('isGone' in outcome) || !(await parts.local.exists(policy.registryId))) return shown(outcome);
  const deleted = await mirrorDeletion(parts.records, copy, place);
  if (deleted === null) return shown(outcome);
  const again = await copyTag(copy, tag, rules); // it may have been pushed anew meanwhile
  return 'isGone' in again ? deleted : shown(again);
}

/** What of an outcome the task keeps. */
function shown(outcome: CopyOutcome): TaskOutcome {
  if (!('isGone' in outcome)) return outcome;
  return { state: outcome.state, reason: outcome.reason };
}

async function isThere({ destination: { client, repository } }: CopyParts, digest: string): Promise<boolean> {
  return (await client.manifests.head(repository, digest, { isPush: true })) !== null;
}
