import type { ReplicationTaskResource, ReplicationTaskState } from '@berth/contracts';
import type { TaskDocument } from '../documents/task.ts';
import type { Records } from '../records.ts';

export interface TaskQuery {
  readonly state?: ReplicationTaskState;
  readonly limit: number;
  readonly after?: string;
}

/** Tasks of a run in the order in which they were planned; of one state, or of all. */
export async function listTasks({ tasks }: Records, runId: string, { state, limit, after }: TaskQuery) {
  return await tasks.page({
    index: state === undefined ? 'byRun' : 'byRunState',
    equals: { runId, ...(state !== undefined && { state }) },
    limit,
    ...(after !== undefined && { after }),
  });
}

export function viewTask(task: TaskDocument): ReplicationTaskResource {
  const { id, image, tag, state, digest, reason, tries, copiedBytes, skippedBytes } = task;
  const { startedAt, createdAt, updatedAt } = task;
  const elapsedMs = startedAt === undefined ? 0 : Date.parse(updatedAt) - Date.parse(startedAt);
  return {
    ...{ id, image, tag, state },
    ...(digest !== undefined && { digest }),
    ...(reason !== undefined && { reason }),
    ...{ tries, copiedBytes, skippedBytes },
    ...(copiedBytes > 0 &&
      elapsedMs > 0 && { bytesPerSecond: Math.round(copiedBytes / (elapsedMs / 1_000)) }),
    ...{ createdAt, updatedAt },
  };
}
