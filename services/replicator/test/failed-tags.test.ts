import { openTemporaryStore } from '@berth/document-store/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PolicyDocument } from '../documents/policy.ts';
import { measureLag } from '../policies/measure-lag.ts';
import { forgetFailed, noteFailed } from '../policies/note-failed.ts';
import type { Records } from '../records.ts';
import { endRun } from '../runs/end-run.ts';
import { listRuns } from '../runs/find-run.ts';
import { pruneRuns } from '../runs/prune-runs.ts';
import { startRun, startTagRun } from '../runs/start-run.ts';
import { addPolicy, type Copy, changeNow, openCopy, tasksOf } from './fixture.ts';

let copy: Copy;
let records: Records;
let policy: PolicyDocument;
let dispose: () => Promise<void>;
beforeEach(async () => {
  const opened = await openTemporaryStore();
  dispose = opened.dispose;
  copy = openCopy(opened.store);
  records = copy.records;
  policy = await addPolicy(records, { trigger: 'event' });
});
afterEach(() => dispose());

const lag = () => measureLag(records, policy.id);
const failed = (tag: string) => ({ policyId: policy.id, image: 'web', tag });

test('a tag that failed is behind since it was pushed first, until it is copied', async () => {
  const since = new Date(records.clock()).toISOString();
  await noteFailed(records, { ...failed('1.0'), since });
  copy.advance(60_000);
  await noteFailed(records, { ...failed('1.0'), since: new Date(records.clock()).toISOString() });
  expect(await lag()).toEqual({ oldestWaitingAt: null, oldestFailedAt: since, lagSeconds: 60 });
  await forgetFailed(records, failed('1.0'));
  expect(await lag()).toEqual({ oldestWaitingAt: null, oldestFailedAt: null, lagSeconds: 0 });
});

test('a run over all tags that fails at none forgets those that were behind before it', async () => {
  await noteFailed(records, { ...failed('gone'), since: new Date(records.clock()).toISOString() });
  copy.advance(1_000);
  const run = await startRun(records, policy, { dryRun: false, actor: policy.createdBy });
  copy.advance(1_000);
  const later = new Date(records.clock()).toISOString();
  await noteFailed(records, { ...failed('later'), since: later });
  await endRun(records, run);
  expect(await lag()).toMatchObject({ oldestFailedAt: later });
});

/** The run of an event whose task ends so. */
async function ended(eventId: string, state: 'copied' | 'failed'): Promise<string> {
  copy.advance(1_000);
  const run = await startTagRun(records, policy, changeNow(records, eventId));
  if (run === null) throw new Error('no run');
  for (const { dueAt: _, ...task } of await tasksOf(records, run.id))
    await records.tasks.replace({ ...task, state });
  await endRun(records, run);
  return run.id;
}

test('runs that failed are kept when hundreds have succeeded since, and can be listed alone', async () => {
  const broken = await ended('broken', 'failed');
  const first = await ended('first', 'copied');
  for (let index = 0; index < 205; index += 1) await ended(`e${index}`, 'copied');
  await pruneRuns(records, policy.id);
  expect(await records.runs.get(first)).toBeNull();
  expect(await tasksOf(records, first)).toEqual([]);
  expect(await tasksOf(records, broken)).toMatchObject([{ state: 'failed' }]);
  const { items } = await listRuns(records, policy.id, { limit: 10, state: 'failed' });
  expect(items.map(({ id }) => id)).toEqual([broken]);
  expect((await listRuns(records, policy.id, { limit: 500 })).items).toHaveLength(201);
});
