import { retryConflict, type WriteOptions } from '@berth/document-store';
import type { RunDocument } from '../documents/cleanup-run.ts';
import { completedEvent, type Origin, runEvent } from '../events.ts';
import { type Records, timestamp } from '../records.ts';

/** Changes a run that has not ended, against whoever else does; null when it has, or `change` says so. */
export async function changeRun(
  records: Records,
  id: string,
  change: (run: RunDocument) => RunDocument | null,
  options: WriteOptions = {},
): Promise<RunDocument | null> {
  return await retryConflict(`run ${id}`, async () => {
    const run = await records.runs.get(id);
    const changed = run?.activeOf === undefined ? null : change(run);
    if (changed === null) return null;
    return await records.runs.replace({ ...changed, updatedAt: timestamp(records) }, options);
  });
}

export interface RunEnd {
  readonly state: 'succeeded' | 'partial' | 'failed' | 'cancelled';
  readonly error?: string;
  readonly counts?: RunDocument['counts'];
  /** Who ends it, where somebody does. */
  readonly origin?: Origin;
}

/** Ends a run, with `cleanup.completed` in the same write unless it is dry. Null when it has ended already. */
export async function endRun(
  records: Records,
  id: string,
  { origin, ...end }: RunEnd,
): Promise<RunDocument | null> {
  return await retryConflict(`run ${id}`, async () => {
    const run = await records.runs.get(id);
    if (run === null || run.activeOf === undefined) return null;
    const { activeOf: _, dueAt: __, stopped: ___, ...rest } = run;
    const at = timestamp(records);
    const ended = {
      ...{ ...rest, ...end, finishedAt: at, updatedAt: at },
      ...(origin !== undefined && { cancelledBy: origin.actor }),
    };
    const cancelled = origin && runEvent(records, { type: 'cleanup.cancelled', run: ended, origin });
    const completed = completedEvent(records, ended, end.state);
    const events = (sequence: number) =>
      [cancelled, completed].flatMap((told) => told?.events?.(sequence) ?? []);
    return await records.runs.replace(ended, { events });
  });
}
