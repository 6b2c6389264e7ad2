import { type Bell, createBell } from '@berth/runtime';
import type { SweepDocument } from '../documents/sweep.ts';
import type { Records } from '../records.ts';
import { takeSweep } from './hold-sweep.ts';
import { lastSuccess } from './last-success.ts';
import { createPace } from './pace.ts';
import { pruneSweeps } from './prune-sweeps.ts';
import { runSweep } from './run-sweep.ts';
import { scheduleSweeps } from './schedule-sweeps.ts';
import type { SweepMetrics } from './sweep-metrics.ts';
import type { SweepParts } from './sweep-parts.ts';

export interface Sweeper {
  /** There is a sweep to run. */
  wake(): void;
  stop(): Promise<void>;
}

export interface SweeperOptions {
  readonly records: Records;
  readonly parts: SweepParts;
  readonly metrics: SweepMetrics;
  readonly intervalMs: number;
  readonly perSecond: number;
  /** This copy. */
  readonly holder: string;
}

/** A look now and then for what other copies left, besides being woken. */
const LOOK_EVERY_MS = 2_000;
/** At most so often a copy looks whether sweeps of others succeeded. */
const LOOK_BACK_EVERY_MS = 60_000;

/** What a copy does all its life: starts the sweeps that are due, and runs the one that waits or that a dead copy left. */
export function startSweeper(options: SweeperOptions): Sweeper {
  const { records, metrics, intervalMs } = options;
  const bell = createBell();
  const stopping = new AbortController();
  const lookEveryMs = Math.min(intervalMs, LOOK_EVERY_MS);

  let lookBackAt = 0;
  metrics.scheduled(intervalMs);

  /** The last success is known from the start on, and when another copy had it. */
  async function lookBack(): Promise<void> {
    if (records.clock() < lookBackAt) return;
    metrics.succeeded(await lastSuccess(records));
    lookBackAt = records.clock() + Math.max(intervalMs, LOOK_BACK_EVERY_MS);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await lookBack();
        await scheduleSweeps(records, intervalMs);
        await runNext(options, stopping.signal);
      } catch (error) {
        records.logger.warn('sweeps wait', { error });
      }
      if (!stopping.signal.aborted) await bell.wait(lookEveryMs);
    }
  }

  const looping = loop();
  return {
    wake: () => bell.ring(),
    async stop() {
      stopping.abort();
      bell.ring();
      await looping;
    },
  };
}

async function runNext(options: SweeperOptions, stopping: AbortSignal): Promise<void> {
  const { records, parts, metrics, holder, perSecond } = options;
  const taken = await takeSweep(records, holder);
  if (taken === null) return;
  const pace = createPace({ perSecond, clock: records.clock, pause: pauseUnless });
  const ended = await runSweep({ records, parts, pace, pause: pauseUnless, stopping }, taken);
  if (ended === null) return;
  metrics.ended(ended, records.clock());
  logEnd(records, ended);
  await pruneSweeps(records);
}

function logEnd({ logger }: Records, { id, state, progress, error }: SweepDocument): void {
  const { keys, blobs, links } = progress;
  const fields = {
    sweep: id,
    state,
    freedBytes: keys.freedBytes,
    blobs: blobs.removed,
    links: links.removed,
  };
  if (state === 'failed') logger.error('sweep failed', { ...fields, reason: error });
  else logger.info('sweep ended', fields);
}

async function pauseUnless(ms: number, signal: AbortSignal): Promise<void> {
  const bell: Bell = createBell();
  const ring = () => bell.ring();
  signal.addEventListener('abort', ring, { once: true });
  if (!signal.aborted) await bell.wait(ms);
  signal.removeEventListener('abort', ring);
}
