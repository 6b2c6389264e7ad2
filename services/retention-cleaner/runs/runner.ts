import type { RpcCaller } from '@berth/bus';
import { createBell, runPeriodically } from '@berth/runtime';
import type { Records } from '../records.ts';
import type { CleanupMetrics } from './cleanup-metrics.ts';
import { doTask } from './do-task.ts';
import { countAwaiting } from './find-runs.ts';
import { takeTask } from './hold-task.ts';
import { pruneRuns } from './prune-runs.ts';
import { scheduleRuns } from './schedule-runs.ts';
import { tendRuns } from './tend-runs.ts';

export interface Runner {
  /** There may be a run to begin, or an image to work on. */
  wake(): void;
  stop(): Promise<void>;
}

/** A look now and then for what is due and what other copies left, besides being woken. */
const LOOK_EVERY_MS = 1_000;
const COUNT_EVERY_MS = 15_000;
/** So many images a copy works on at a time. */
const IMAGES_AT_ONCE = 2;

/** What a copy does all its life: starts the runs that are due, makes tasks of their images, and works on those. */
export function startRunner(options: {
  readonly records: Records;
  readonly caller: RpcCaller;
  readonly metrics: CleanupMetrics;
  /** This copy. */
  readonly holder: string;
}): Runner {
  const { records, caller, metrics, holder } = options;
  const { logger } = records;
  const stopping = new AbortController();
  const bells = Array.from({ length: 1 + IMAGES_AT_ONCE }, () => createBell());
  const wake = () => {
    for (const bell of bells) bell.ring();
  };

  /** Does the job again and again; at once while it finds something to do. */
  async function loop(bell: ReturnType<typeof createBell>, job: () => Promise<boolean>): Promise<void> {
    while (!stopping.signal.aborted) {
      let isMore = false;
      try {
        isMore = await job();
      } catch (error) {
        logger.warn('cleanup waits', { error });
      }
      if (!isMore && !stopping.signal.aborted) await bell.wait(LOOK_EVERY_MS);
    }
  }

  async function lookAtRuns(): Promise<boolean> {
    await scheduleRuns(records);
    for (const run of await tendRuns({ records, caller })) {
      const { id, policyId, state, counts, error } = run;
      metrics.ended(run, records.clock());
      logger.info('cleanup run ended', { run: id, policy: policyId, state, ...counts, reason: error });
      await pruneRuns(records, policyId);
    }
    for (const bell of bells.slice(1)) bell.ring();
    return false;
  }

  async function workOnImage(): Promise<boolean> {
    const task = await takeTask(records, holder);
    if (task === null) return false;
    await doTask({ records, caller, stopping: stopping.signal }, task);
    return true;
  }

  const counting = runPeriodically({
    ...{ name: 'cleanup runs that wait', everyMs: COUNT_EVERY_MS, logger },
    job: async () => metrics.awaiting(await countAwaiting(records)),
  });
  const loops = bells.map((bell, index) => loop(bell, index === 0 ? lookAtRuns : workOnImage));
  return {
    wake,
    async stop() {
      stopping.abort();
      wake();
      await counting.stop();
      await Promise.all(loops);
    },
  };
}
