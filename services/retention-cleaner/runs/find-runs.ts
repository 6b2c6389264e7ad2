import { type CleanupOutcome, type CleanupRunResource, ServiceError } from '@berth/contracts';
import type { DecisionDocument } from '../documents/cleanup-decision.ts';
import type { RunDocument } from '../documents/cleanup-run.ts';
import { type Origin, runEvent } from '../events.ts';
import type { Records } from '../records.ts';
import { changeRun, endRun } from './change-run.ts';

interface PageOf {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** RUN_NOT_FOUND */
export async function requireRun({ runs }: Records, id: string): Promise<RunDocument> {
  const run = await runs.get(id);
  if (run === null) throw runNotFound(id);
  return run;
}

export function runNotFound(id: string): ServiceError {
  return new ServiceError('RUN_NOT_FOUND', `cleanup run "${id.slice(0, 200)}" does not exist`);
}

/** Newest first. */
export async function listRuns({ runs }: Records, policyId: string, { limit = 50, after }: PageOf) {
  const place = { index: 'byPolicy', equals: { policyId }, descending: true };
  return await runs.page({ ...place, limit, ...(after !== undefined && { after }) });
}

/** Of the runs that have not ended, those that somebody has to confirm. */
export async function countAwaiting({ runs }: Records): Promise<number> {
  let count = 0;
  for (let after: string | null | undefined; after !== null; ) {
    const page = await runs.page({ index: 'byDue', limit: 100, ...(after !== undefined && { after }) });
    count += page.items.filter(({ state }) => state === 'awaitingConfirmation').length;
    after = page.next;
  }
  return count;
}

/** By image and digest. */
export async function listDecisions(
  { decisions }: Records,
  runId: string,
  { limit = 50, after, outcome }: PageOf & { readonly outcome?: CleanupOutcome | undefined },
) {
  return await decisions.page({
    index: outcome === undefined ? 'byRun' : 'byOutcome',
    equals: { runId, ...(outcome !== undefined && { outcome }) },
    limit,
    ...(after !== undefined && { after }),
  });
}

/** Ends a run: a copy that is at it deletes nothing more than what it has in hand. RUN_NOT_FOUND, RUN_ENDED. */
export async function cancelRun(records: Records, id: string, origin: Origin): Promise<RunDocument> {
  const run = await requireRun(records, id);
  return (await endRun(records, id, { state: 'cancelled', origin })) ?? refuseEnded(run);
}

/** Lets a run go past the brake. RUN_NOT_FOUND, RUN_ENDED; RUN_IN_PROGRESS for one that waits for nothing. */
export async function confirmRun(records: Records, id: string, origin: Origin): Promise<RunDocument> {
  const run = await requireRun(records, id);
  if (run.activeOf === undefined || run.stopped !== undefined) return refuseEnded(run);
  const letGo = { state: 'running', isConfirmed: true, confirmedBy: origin.actor } as const;
  const confirmed = await changeRun(
    records,
    id,
    (current) =>
      current.state === 'awaitingConfirmation' && current.stopped === undefined
        ? { ...current, ...letGo, dueAt: records.clock() }
        : null,
    runEvent(records, { type: 'cleanup.confirmed', run, origin }),
  );
  if (confirmed !== null) return confirmed;
  throw new ServiceError('RUN_IN_PROGRESS', `run "${id}" does not wait to be confirmed: it is ${run.state}`);
}

function refuseEnded({ id, state, stopped, error }: RunDocument): never {
  throw new ServiceError('RUN_ENDED', `run "${id}" has ended: ${stopped ?? error ?? `it is ${state}`}`);
}

export function viewRun(run: RunDocument): CleanupRunResource {
  const { id, policyId, policy, registry, isDryRun, state, trigger, counts } = run;
  const { startedAt, finishedAt, error, confirmedBy, cancelledBy, createdAt, updatedAt, createdBy } = run;
  return {
    ...{ id, policy: { id: policyId, name: policy }, registry, dryRun: isDryRun, state, trigger, counts },
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(error !== undefined && { error }),
    ...(confirmedBy !== undefined && { confirmedBy }),
    ...(cancelledBy !== undefined && { cancelledBy }),
    ...{ createdAt, updatedAt, createdBy },
  };
}

export function viewDecision(decision: DecisionDocument) {
  const { image, digest, tags, outcome, rule, policy, reason, pushedAt, lastPulledAt } = decision;
  return { image, digest, tags, outcome, rule, policy, reason, pushedAt, lastPulledAt };
}
