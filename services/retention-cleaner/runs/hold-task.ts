import { unlessConflict } from '@berth/document-store';
import type { TaskDocument } from '../documents/cleanup-task.ts';
import type { Records } from '../records.ts';

/** A copy that does not renew is taken for dead after so long. */
export const TASK_LEASE_MS = 30_000;
const CANDIDATES = 10;

/** Takes an image that waits, or whose copy died, in hand; null when there is none. */
export async function takeTask({ tasks, clock }: Records, holder: string): Promise<TaskDocument | null> {
  const now = clock();
  const { items } = await tasks.page({ index: 'byDue', range: { lte: now }, limit: CANDIDATES });
  for (const task of items) {
    const taken = await unlessConflict(tasks.replace({ ...task, holder, dueAt: now + TASK_LEASE_MS }));
    if (taken !== null) return taken;
  }
  return null;
}

/** A task in one copy's hand. Every write throws `TaskLost` when another has it by now. */
export interface HeldTask {
  readonly task: TaskDocument;
  /** Says that this copy is still at it, when half of the lease is over. */
  renew(): Promise<void>;
  /** Changes it and goes on. */
  save(fields: Partial<TaskDocument>): Promise<void>;
  /** Ends it, or lets go of it: without `dueAt`, for good. */
  leave(fields: Partial<TaskDocument>): Promise<void>;
}

export class TaskLost extends Error {}

export function holdTask({ tasks, clock }: Records, taken: TaskDocument): HeldTask {
  let task = taken;

  async function write(next: TaskDocument): Promise<void> {
    const written = await unlessConflict(tasks.replace(next));
    if (written === null) throw new TaskLost(`another copy has task ${task.id}`);
    task = written;
  }

  return {
    get task() {
      return task;
    },
    async renew() {
      if ((task.dueAt ?? 0) - clock() > TASK_LEASE_MS / 2) return;
      await write({ ...task, dueAt: clock() + TASK_LEASE_MS });
    },
    save: (fields) => write({ ...task, ...fields, dueAt: clock() + TASK_LEASE_MS }),
    leave: (fields) => {
      const { holder: _, dueAt: __, ...rest } = task;
      return write({ ...rest, ...fields });
    },
  };
}
