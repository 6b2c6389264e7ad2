import type { SweepProgress } from '@berth/contracts';
import { createBell } from '@berth/runtime';
import type { SweepDocument } from '../documents/sweep.ts';
import type { Records } from '../records.ts';
import { saveProgress } from './hold-sweep.ts';

/** A fifth of the lease; also how soon a copy comes to know that somebody wants the sweep to end. */
export const RENEW_EVERY_MS = 2_000;

/** The hold that a copy has on its sweep while it works on it, however long a step or a pause is. */
export interface SweepKeeper {
  /** Aborted when the work is to end: it is cancelled, it is another copy's by now, or this copy stops. */
  readonly ending: AbortSignal;
  readonly isCancelled: boolean;
  /** Stores how far it has come, renews the lease, and looks whether the work is to end. */
  renew(): Promise<void>;
  /** The same, if a while has passed since the last time. */
  renewWhenDue(): Promise<void>;
  /** From now on nothing is renewed. */
  release(): Promise<void>;
}

export interface KeepOptions {
  readonly records: Records;
  readonly sweep: SweepDocument;
  readonly progress: () => SweepProgress;
  readonly stopping: AbortSignal;
  /** Milliseconds. */
  readonly renewEveryMs: number;
}

const DUE_AFTER_MS = 1_000;

/** Renews the lease beside the work, until it is released. */
export function keepSweep(options: KeepOptions): SweepKeeper {
  const { records, sweep, progress, stopping, renewEveryMs } = options;
  const own = new AbortController();
  const bell = createBell();
  let isCancelled = sweep.isCancelled === true;
  let isReleased = false;
  let renewedAt = records.clock();
  if (isCancelled) own.abort();

  async function renew(): Promise<void> {
    renewedAt = records.clock();
    const saved = await saveProgress(records, sweep, progress());
    if (saved?.isCancelled === true) isCancelled = true;
    if (saved === null || isCancelled) own.abort();
  }

  async function renewBesideTheWork(): Promise<void> {
    for (;;) {
      await bell.wait(renewEveryMs);
      if (isReleased) return;
      try {
        await renew();
      } catch (error) {
        records.logger.warn('the lease of a sweep is not renewed', { sweep: sweep.id, error });
      }
    }
  }

  const renewing = renewBesideTheWork();
  return {
    ending: AbortSignal.any([stopping, own.signal]),
    get isCancelled() {
      return isCancelled;
    },
    renew,
    async renewWhenDue() {
      if (records.clock() - renewedAt >= DUE_AFTER_MS) await renew();
    },
    async release() {
      isReleased = true;
      bell.ring();
      await renewing;
    },
  };
}
