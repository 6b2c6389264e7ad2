import { isServiceError } from '@berth/contracts';
import { ownerOfTag } from '@berth/oci';
import type { CopyParts } from '../copy/copy-side.ts';
import { type CopyOutcome, copyTag } from '../copy/copy-tag.ts';
import type { TaskDocument } from '../documents/task.ts';
import type { Registries } from '../ports.ts';
import type { Records } from '../records.ts';
import { sidesOf } from './sides-of.ts';

export interface TaskParts {
  readonly records: Records;
  readonly registries: Registries;
  readonly signal: AbortSignal;
  readonly onBytes: CopyParts['onBytes'];
}

/** Copies what a task names by its policy as it is now. Errors of the way are the caller's. */
export async function runTask(
  parts: TaskParts,
  { runId, policyId, image, tag }: TaskDocument,
): Promise<CopyOutcome> {
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
  return await copyTag(copy, tag, { overwrites, dryRun: run.dryRun });
}

async function isThere({ destination: { client, repository } }: CopyParts, digest: string): Promise<boolean> {
  return (await client.manifests.head(repository, digest, { isPush: true })) !== null;
}
