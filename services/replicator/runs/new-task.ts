import type { RunDocument } from '../documents/run.ts';
import type { Task } from '../documents/task.ts';
import { type Records, timestamp } from '../records.ts';

/** A task of a run, as it waits to be taken in hand. It counts as waiting since what it is made for. */
export function newTask(
  records: Records,
  { id: runId, policyId, since }: Pick<RunDocument, 'id' | 'policyId' | 'since'>,
  { image, tag }: Pick<Task, 'image' | 'tag'>,
): Task {
  const now = timestamp(records);
  return {
    ...{ runId, policyId, image, tag, state: 'waiting', dueAt: records.clock(), tries: 0 },
    ...(since !== undefined && { isPatient: true }),
    ...{ copiedBytes: 0, skippedBytes: 0, createdAt: since ?? now, updatedAt: now },
  };
}
