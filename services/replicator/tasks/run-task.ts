import { isServiceError } from '@berth/contracts';
import { isDigest, ownerOfTag } from '@berth/oci';
import type { CopyParts } from '../copy/copy-side.ts';
import { type CopyOutcome, type CopyRules, copyTag } from '../copy/copy-tag.ts';
import { copyReferrer } from '../copy/late-attachments.ts';
import type { Paces } from '../copy/pace.ts';
import type { PolicyDocument } from '../documents/policy.ts';
import type { Task, TaskDocument } from '../documents/task.ts';
import { writtenTagId } from '../documents/written-tag.ts';
import { wantedBy } from '../policies/wanted-by.ts';
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
  readonly places: CopyParts['places'];
  readonly paces: Paces;
  readonly uploads: CopyParts['uploads'];
  /** Keeps with the task what it is about to set the tag to. */
  readonly noteIntent: (wrote: NonNullable<Task['wrote']>) => Promise<unknown>;
}

/** A tag that is deleted and set again faster than that is left to the next run. */
const MAX_ROUNDS = 10;

/** How a task ends. */
export type TaskOutcome = Pick<Task, 'state' | 'digest' | 'reason'>;

/** Copies what a task names by its policy as it is now. Errors of the way are the caller's. */
export async function runTask(parts: TaskParts, task: TaskDocument): Promise<TaskOutcome> {
  const left: string[] = [];
  const outcome = await outcomeOf(parts, task, (reason) => left.push(reason));
  const isElse = outcome.state === 'failed' || outcome.state === 'cancelled' || outcome.state === 'conflict';
  return left.length === 0 || isElse ? outcome : { ...outcome, state: 'conflict', reason: left.join('; ') };
}

async function outcomeOf(
  parts: TaskParts,
  task: TaskDocument,
  onLeft: CopyParts['onLeft'],
): Promise<TaskOutcome> {
  const { runId, policyId, image, tag } = task;
  const run = await parts.records.runs.get(runId);
  if (run === null) return { state: 'skipped', reason: 'its run is gone' };
  if (!run.isActive || run.isCancelled) return { state: 'cancelled' };
  const { policy, ...sides } = await sidesOf(parts, policyId).catch((error: unknown) => {
    if (!isServiceError(error, 'POLICY_NOT_FOUND', 'ENDPOINT_NOT_FOUND')) throw error;
    return { policy: null, reason: error.message };
  });
  if (policy === null) return { state: 'skipped', reason: 'its policy is gone' };
  if (!wantedBy(policy).tag(image, tag))
    return { state: 'skipped', reason: 'its policy does not want it any more' };
  const { source, destination, sourceOf, destinationOf } = sides as Exclude<typeof sides, { reason: string }>;
  const copy: CopyParts = {
    source: { client: source, repository: sourceOf(image) },
    destination: { client: destination, repository: destinationOf(image) },
    pace: parts.paces.of(policy.id, policy.bandwidthBytesPerSecond),
    ...{ overwrites: policy.overwrite === 'always', onLeft },
    ...{ signal: parts.signal, onBytes: parts.onBytes, places: parts.places, uploads: parts.uploads },
  };
  if (isDigest(tag)) return shown(await copyReferrer(copy, tag));
  const owner = ownerOfTag(tag);
  if (owner !== undefined && !(await isThere(copy, owner)))
    return { state: 'skipped', reason: 'what it is attached to is not at the destination' };
  const rules = { isAttached: owner !== undefined, dryRun: run.dryRun };
  if (policy.deletes !== 'mirror') return shown(await copyTag(copy, tag, rules));
  return await copyOrDelete(parts, { copy, rules, task, policy });
}

/** As `copyTag`; a tag that is gone here goes there as well. */
async function copyOrDelete(
  parts: TaskParts,
  {
    copy,
    rules,
    task: { policyId, image, tag, ...task },
    policy: { endpoint, registryId },
  }: { copy: CopyParts; rules: CopyRules; task: TaskDocument; policy: PolicyDocument },
): Promise<TaskOutcome> {
  const { records } = parts;
  const { dryRun } = rules;
  const place = { policyId, image, tag, endpoint, repository: copy.destination.repository };
  const tagId = writtenTagId(place);
  let { wrote } = task;
  let deleted: TaskOutcome | null = null;
  const beforeTag = async (digest: string) => {
    wrote = { tagId, digest };
    await parts.noteIntent(wrote);
  };
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds += 1) {
    const outcome = await copyTag({ ...copy, beforeTag }, tag, rules);
    const isOurs =
      outcome.state !== 'conflict' &&
      'digest' in outcome &&
      wrote?.tagId === tagId &&
      outcome.digest === wrote.digest;
    if (isOurs) await noteWritten(records, { ...place, digest: outcome.digest });
    // Looked at after the note: a deletion before it found nothing to delete.
    const isGone = 'isGone' in outcome || (isOurs && !(await isTagged(copy, tag)));
    // That of a registry which is being deleted is no wish of anybody to delete tags.
    if (!isGone || !(await parts.local.exists(registryId))) return shown(outcome);
    const now: TaskOutcome | null = await mirrorDeletion(records, copy, { ...place, wrote, dryRun });
    if (now === null || dryRun) return now ?? deleted ?? shown(outcome);
    deleted = now; // it may have been pushed anew meanwhile
  }
  return deleted ?? { state: 'skipped', reason: `${tag} comes and goes` };
}

async function isTagged({ source: { client, repository } }: CopyParts, tag: string): Promise<boolean> {
  return (await client.manifests.head(repository, tag)) !== null;
}

/** What of an outcome the task keeps. */
function shown(outcome: CopyOutcome): TaskOutcome {
  if (!('isGone' in outcome)) return outcome;
  const { isGone: _, ...kept } = outcome;
  return kept;
}

async function isThere({ destination: { client, repository } }: CopyParts, digest: string): Promise<boolean> {
  return (await client.manifests.head(repository, digest, { isPush: true })) !== null;
}
