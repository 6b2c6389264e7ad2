import { type Bell, createBell, runPeriodically } from '@berth/runtime';
import { createBlobPlaces } from '../copy/blob-places.ts';
import { createPaces } from '../copy/pace.ts';
import { farthestBehind } from '../policies/measure-lag.ts';
import { pruneRuns } from '../runs/prune-runs.ts';
import { runSchedules } from '../runs/run-schedules.ts';
import { tendRuns } from '../runs/tend-runs.ts';
import { claimTask, type WorkParts, workTask } from './work-task.ts';

export interface Work {
  /** There is something to do. */
  wake(): void;
  stop(): Promise<void>;
}

/** Tasks that one copy has in hand at once. */
const TASKS_AT_ONCE = 4;
/** Runs over all tags that one copy plans at once, while those of events go on. */
const PLANS_AT_ONCE = 2;
/** A look now and then for what other copies left, besides being woken. */
const LOOK_EVERY_MS = 1_000;
const LAG_EVERY_MS = 15_000;
const PRUNE_EVERY_MS = 30_000;
/** Each is a series of its own in the metrics. */
const POLICIES_SHOWN = 20;

/** What a copy does all its life: plans and ends runs, and works tasks that are due or that a dead copy left. */
export function startWork(given: Omit<WorkParts, 'stopping' | 'places' | 'paces'>): Work {
  const parts = { ...given, places: createBlobPlaces(), paces: createPaces() };
  const { records } = parts;
  const stopping = new AbortController();
  const [runBell, taskBell, clockBell] = [createBell(), createBell(), createBell()];
  const atWork = new Set<Promise<void>>();
  const atPlan = new Map<string, Promise<void>>();
  /** Runs of which a task ended here. */
  const touched = new Set<string>();
  /** Policies of which a run ended here, since old ones were removed. */
  const ended = new Set<string>();

  async function takeTasks(): Promise<void> {
    const free = TASKS_AT_ONCE - atWork.size;
    if (free <= 0) return;
    const { items } = await records.tasks.page({
      ...{ index: 'byDue', range: { lte: records.clock() }, limit: free * 2 },
    });
    for (const task of items) {
      if (atWork.size >= TASKS_AT_ONCE || stopping.signal.aborted) return;
      const claimed = await claimTask(records, task);
      if (claimed === null) continue;
      const work = workTask({ ...parts, stopping: stopping.signal }, claimed)
        .catch((error: unknown) => records.logger.warn('task is left to its lease', { task: task.id, error }))
        .finally(() => {
          atWork.delete(work);
          touched.add(task.runId);
          wake();
        });
      atWork.add(work);
    }
  }

  async function loop(bell: Bell, step: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await step();
      } catch (error) {
        records.logger.warn('replication waits', { error });
      }
      if (!stopping.signal.aborted) await bell.wait(LOOK_EVERY_MS);
    }
  }

  function planAside(runId: string, work: () => Promise<void>): void {
    if (atPlan.has(runId) || atPlan.size >= PLANS_AT_ONCE) return;
    const planning = work()
      .catch((error: unknown) => records.logger.warn('plan is left to its lease', { run: runId, error }))
      .finally(() => {
        atPlan.delete(runId);
        runBell.ring();
      });
    atPlan.set(runId, planning);
  }

  async function tend(): Promise<void> {
    const ids = [...touched];
    touched.clear();
    try {
      const onPlanned = () => taskBell.ring();
      const onEnded = (policyId: string) => void ended.add(policyId);
      await tendRuns({ ...parts, stopping: stopping.signal, onPlanned, onEnded, aside: planAside }, ids);
    } catch (error) {
      for (const id of ids) touched.add(id);
      throw error;
    }
  }

  async function lookAtClock(): Promise<void> {
    await runSchedules(records);
    runBell.ring();
    const waiting = await records.tasks.page({ index: 'byState', equals: { state: 'waiting' }, limit: 1 });
    parts.metrics.oldestWaiting(waiting.items[0]?.createdAt ?? null, records.clock());
  }

  async function measureLags(): Promise<void> {
    parts.metrics.policiesBehind(await farthestBehind(records, POLICIES_SHOWN));
  }

  async function prune(): Promise<void> {
    const policyIds = [...ended];
    ended.clear();
    for (const policyId of policyIds) await pruneRuns(records, policyId);
  }

  function wake(): void {
    runBell.ring();
    taskBell.ring();
  }

  const measuring = runPeriodically({
    ...{ name: 'replication lag', everyMs: LAG_EVERY_MS, job: measureLags, logger: records.logger },
  });
  const pruning = runPeriodically({
    ...{ name: 'old replication runs', everyMs: PRUNE_EVERY_MS, job: prune, logger: records.logger },
  });
  const loops = [loop(runBell, tend), loop(taskBell, takeTasks), loop(clockBell, lookAtClock)];
  return {
    wake,
    async stop() {
      stopping.abort();
      wake();
      clockBell.ring();
      await Promise.all([measuring.stop(), pruning.stop()]);
      await Promise.all(loops);
      await Promise.allSettled([...atWork, ...atPlan.values()]);
    },
  };
}
