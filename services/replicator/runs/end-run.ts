import type { ReplicationCounts, ReplicationRunState } from '@berth/contracts';
import { unlessConflict } from '@berth/document-store';
import type { RunDocument } from '../documents/run.ts';
import { completedEvent } from '../events.ts';
import { forgetFailedBefore } from '../policies/note-failed.ts';
import { type Records, timestamp } from '../records.ts';
import { forgetProgress } from './note-progress.ts';

type EndState = Exclude<ReplicationRunState, 'running'>;

const NOTHING: ReplicationCounts = {
  ...{ planned: 0, copied: 0, deleted: 0, skipped: 0, conflict: 0, failed: 0, cancelled: 0 },
  ...{ copiedBytes: 0, skippedBytes: 0 },
};
const PAGE = 500;

/** Ends a run whose tasks are all done, with `replication.completed` in that write; null when another copy did. */
export async function endRun(records: Records, run: RunDocument): Promise<RunDocument | null> {
  const counts = await countTasks(records, run.id);
  const { isActive: _, exclusive: __, plan: ___, ...rest } = run;
  const at = timestamp(records);
  const state = endState(run, counts);
  const ended = await unlessConflict(
    records.runs.replace(
      { ...rest, state, counts, finishedAt: at, updatedAt: at },
      run.dryRun ? {} : completedEvent(records, run, state),
    ),
  );
  if (ended === null) return null;
  await forgetProgress(records, run.id);
  const isWhole = run.trigger !== 'event' && !run.dryRun;
  if (isWhole && state === 'succeeded') await forgetFailedBefore(records, run);
  return ended;
}

async function countTasks({ tasks }: Records, runId: string): Promise<ReplicationCounts> {
  const counts = { ...NOTHING };
  for (let after: string | null | undefined; after !== null; ) {
    const page = await tasks.page({
      ...{ index: 'byRun', equals: { runId }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const { state, copiedBytes, skippedBytes } of page.items) {
      if (state !== 'waiting') counts[state] += 1;
      counts.copiedBytes += copiedBytes;
      counts.skippedBytes += skippedBytes;
    }
    after = page.next;
  }
  return counts;
}

/** Failures and conflicts leave a run `partial`; it is `failed` when nothing at all came of it. */
function endState({ isCancelled, error }: RunDocument, counts: ReplicationCounts): EndState {
  if (isCancelled) return 'cancelled';
  if (error !== undefined) return 'failed';
  if (counts.failed + counts.conflict === 0) return 'succeeded';
  return counts.copied + counts.deleted + counts.skipped + counts.planned + counts.conflict === 0
    ? 'failed'
    : 'partial';
}
