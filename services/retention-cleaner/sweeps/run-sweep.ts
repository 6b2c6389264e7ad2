import type { SweepDocument } from '../documents/sweep.ts';
import type { Records } from '../records.ts';
import { endSweep, letGo, type SweepEnd } from './hold-sweep.ts';
import { keepSweep, RENEW_EVERY_MS, type SweepKeeper } from './keep-sweep.ts';
import type { Pace, Pause } from './pace.ts';
import { type Gain, withGain } from './progress.ts';
import type { SweepParts } from './sweep-parts.ts';
import { sweepStages } from './sweep-steps.ts';

/** Pauses before a stage is begun again; then the sweep has failed. Progress in between begins the count anew. */
const RETRY_AFTER_MS = [500, 2_000, 5_000, 10_000];

export interface SweepRun {
  readonly records: Records;
  readonly parts: SweepParts;
  readonly pace: Pace;
  readonly stopping: AbortSignal;
  readonly pause: Pause;
  /** Milliseconds; default 2,000. */
  readonly renewEveryMs?: number;
}

/** Runs a sweep that this copy has in hand to its end. Returns it as it ended; null when it went to another copy. */
export async function runSweep(run: SweepRun, taken: SweepDocument): Promise<SweepDocument | null> {
  const { records, stopping, renewEveryMs = RENEW_EVERY_MS } = run;
  let { progress } = taken;
  const keeper = keepSweep({ records, sweep: taken, progress: () => progress, stopping, renewEveryMs });
  let end: SweepEnd | null = null;
  try {
    end = await work({ ...run, id: taken.id }, keeper, (gain) => {
      progress = withGain(progress, gain);
    });
  } finally {
    await keeper.release();
  }
  if (end !== null) return await endSweep(records, taken, { ...end, progress });
  await letGo(records, taken, progress);
  return null;
}

/** How the sweep ends; null when another copy is to go on with it. */
async function work(
  { id, records, parts, pace, pause }: SweepRun & { readonly id: string },
  keeper: SweepKeeper,
  add: (gain: Gain) => void,
): Promise<SweepEnd | null> {
  const { ending } = keeper;
  const waiting = [...sweepStages(parts, ending)];
  for (let failures = 0; ; failures++) {
    try {
      if (failures > 0) await keeper.renew();
      while (waiting[0] && !ending.aborted) {
        for await (const { gain, handled, isProgress } of waiting[0]()) {
          add(gain);
          if (isProgress) failures = 0;
          await keeper.renewWhenDue();
          await pace(handled, ending);
          if (ending.aborted) return endOf(keeper);
        }
        waiting.shift();
        failures = 0;
      }
      return ending.aborted ? endOf(keeper) : { state: 'succeeded' };
    } catch (error) {
      const againInMs = RETRY_AFTER_MS[failures];
      records.logger.warn('sweep is interrupted', { sweep: id, error, againInMs });
      if (ending.aborted) return endOf(keeper);
      if (againInMs === undefined) return { state: 'failed', error: reasonOf(error) };
      await pause(againInMs, ending);
    }
  }
}

function endOf({ isCancelled }: SweepKeeper): SweepEnd | null {
  return isCancelled ? { state: 'cancelled' } : null;
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason}; what was freed stays freed, and the next sweep goes on from there`;
}
