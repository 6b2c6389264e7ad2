import { unlessConflict } from '@berth/document-store';
import { runPeriodically } from '@berth/runtime';
import type { RunDocument } from '../documents/run.ts';
import type { LocalRegistries, Registries } from '../ports.ts';
import { type Records, timestamp } from '../records.ts';
import { nextPauseMs, reasonOf } from '../tasks/failure.ts';
import { sidesOf } from '../tasks/sides-of.ts';
import { planRun } from './plan-run.ts';

export interface PlanningParts {
  readonly records: Records;
  readonly registries: Registries;
  readonly local: LocalRegistries;
  readonly retryPauseMs: number;
  readonly stopping: AbortSignal;
}

/** A copy that does not renew is taken for dead; planning twice makes the same tasks. */
const PLAN_LEASE_MS = 60_000;
const RENEW_EVERY_MS = 15_000;
/** A planned run is looked at when a task of it ends; and so often besides, for what a dead copy left. */
export const LOOK_AGAIN_MS = 60_000;

/** Plans a run that is due, under a lease that is renewed: the run as it is then; null when another copy plans it, or somebody cancels it. */
export async function planInHand(parts: PlanningParts, run: RunDocument): Promise<RunDocument | null> {
  const { records, registries, stopping } = parts;
  if (run.leaseUntil > records.clock()) return null;
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  let held = run;
  async function write(next: RunDocument): Promise<boolean> {
    const written = await unlessConflict(records.runs.replace(next));
    if (written === null) lost.abort();
    else held = written;
    return written !== null;
  }
  const renew = () => write({ ...held, leaseUntil: records.clock() + PLAN_LEASE_MS });

  if (!(await renew())) return null;
  const renewing = runPeriodically({
    ...{ name: 'plan lease', everyMs: RENEW_EVERY_MS, job: renew, logger: records.logger },
  });
  let change: Partial<RunDocument> = { leaseUntil: 0 };
  try {
    const sides = await sidesOf({ records, registries }, run.policyId);
    await planRun({ ...parts, signal }, { run: held, policy: sides.policy, sides });
    change = { leaseUntil: records.clock() + LOOK_AGAIN_MS };
  } catch (error) {
    if (!signal.aborted) {
      records.logger.warn('replication run cannot be planned', { run: run.id, error });
      change = afterFailure(parts, held, error);
    }
  } finally {
    await renewing.stop();
  }
  if (lost.signal.aborted) return null;
  const { plan, error: _, ...rest } = held;
  const isLeft = stopping.aborted || change.tries !== undefined;
  const next = { ...rest, ...(isLeft && plan !== undefined && { plan }), ...change };
  return (await write({ ...next, updatedAt: timestamp(records) })) ? held : null;
}

/** With `tries` it is planned again; else it has failed. */
function afterFailure(
  { records, retryPauseMs }: PlanningParts,
  { tries }: RunDocument,
  error: unknown,
): Partial<RunDocument> {
  const pauseMs = nextPauseMs(error, { tries, retryPauseMs });
  const reason = { error: reasonOf(error) };
  if (pauseMs === null) return { ...reason, leaseUntil: records.clock() + LOOK_AGAIN_MS };
  return { ...reason, leaseUntil: records.clock() + pauseMs, tries: tries + 1 };
}
