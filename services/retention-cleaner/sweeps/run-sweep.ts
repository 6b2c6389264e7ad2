import type { SweepProgress } from '@berth/contracts';
import type { SweepDocument } from '../documents/sweep.ts';
import type { Records } from '../records.ts';
import { endSweep, letGo, type SweepEnd, saveProgress } from './hold-sweep.ts';
import type { Pace } from './pace.ts';
import { withGain } from './progress.ts';
import type { SweepParts } from './sweep-parts.ts';
import { sweepSteps } from './sweep-steps.ts';

const SAVE_AFTER_MS = 1_000;
/** Pauses before a step is tried again; then the sweep has failed. */
const RETRY_AFTER_MS = [500, 2_000, 5_000, 10_000];

export interface SweepRun {
  readonly records: Records;
  readonly parts: SweepParts;
  readonly pace: Pace;
  readonly stopping: AbortSignal;
  /** Waits, renewing the lease meanwhile where that is long. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Runs a sweep that this copy has in hand to its end. Returns it as it ended; null when it went to another copy. */
export async function runSweep(run: SweepRun, taken: SweepDocument): Promise<SweepDocument | null> {
  const { records, stopping } = run;
  let { progress } = taken;
  let savedAt = records.clock();
  const end = (how: SweepEnd) => endSweep(records, taken, { ...how, progress });

  /** Whether to go on: this copy still has it, and nobody wants it to end. */
  async function save(): Promise<'goesOn' | 'isLost' | 'isCancelled'> {
    savedAt = records.clock();
    const saved = await saveProgress(records, taken, progress);
    if (saved === null) return 'isLost';
    return saved.isCancelled === true ? 'isCancelled' : 'goesOn';
  }

  if (taken.isCancelled) return await end({ state: 'cancelled' });
  for (let failures = 0; ; failures++) {
    try {
      for await (const { gain, handled } of sweepSteps(run.parts)) {
        progress = withGain(progress, gain);
        failures = 0;
        if (stopping.aborted) return await giveUp(records, taken, progress);
        if (records.clock() - savedAt >= SAVE_AFTER_MS) {
          const state = await save();
          if (state === 'isLost') return null;
          if (state === 'isCancelled') return await end({ state: 'cancelled' });
        }
        await run.pace(handled);
      }
      return await end({ state: 'succeeded' });
    } catch (error) {
      const pauseMs = RETRY_AFTER_MS[failures];
      records.logger.warn('sweep is interrupted', { sweep: taken.id, error, againInMs: pauseMs });
      if (stopping.aborted) return await giveUp(records, taken, progress);
      if (pauseMs === undefined) return await end({ state: 'failed', error: reasonOf(error) });
      await run.pause(pauseMs);
      if ((await save()) === 'isLost') return null;
    }
  }
}

async function giveUp(records: Records, taken: SweepDocument, progress: SweepProgress): Promise<null> {
  await letGo(records, taken, progress);
  return null;
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason}; what was freed stays freed, and the next sweep goes on from there`;
}
