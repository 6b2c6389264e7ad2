import {
  type CloudEvent,
  type EventData,
  eventSubject,
  type ReplicationCounts,
  type ReplicationRunState,
} from '@berth/contracts';
import { unlessConflict } from '@berth/document-store';
import type { RunDocument } from '../documents/run.ts';
import { type Records, timestamp } from '../records.ts';

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
  return await unlessConflict(
    records.runs.replace(
      { ...rest, state, counts, finishedAt: at, updatedAt: at },
      completed(records, run, state),
    ),
  );
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

function completed(records: Records, run: RunDocument, state: EndState) {
  const { id, policyId, policy, registry, registryId, createdBy } = run;
  if (run.dryRun) return {};
  return {
    events: (sequence: number) => {
      const data: EventData<'replication.completed'> = {
        ...{ registry, registryId, actor: createdBy, via: 'replication', sequence },
        ...{ policy: { id: policyId, name: policy }, run: id, state },
      };
      const event: CloudEvent<'replication.completed'> = {
        specversion: '1.0',
        id: records.newId(),
        source: `/api/v1/registries/${registry}`,
        type: 'berth.replication.completed',
        subject: registry,
        time: timestamp(records),
        datacontenttype: 'application/json',
        data,
      };
      const subject = eventSubject('replication.completed');
      return [{ id: event.id, subject, payload: JSON.stringify(event) }];
    },
  };
}
