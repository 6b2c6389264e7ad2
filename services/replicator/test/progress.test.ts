import { openTemporaryStore } from '@berth/document-store/testing';
import type { RegistryClient } from '@berth/registry-client';
import { expect, test } from '@jest/globals';
import { endRun } from '../runs/end-run.ts';
import { noteProgress } from '../runs/note-progress.ts';
import { planRun } from '../runs/plan-run.ts';
import { retryRun, startRun } from '../runs/start-run.ts';
import { viewRuns } from '../runs/view-run.ts';
import type { Sides } from '../tasks/sides-of.ts';
import { addPolicy, openCopy, tasksOf } from './fixture.ts';

const actor = { id: 'u-ann', kind: 'user', name: 'ann' } as const;
const TAGS = ['a', 'b', 'c', 'd'];

/** An image of four tags; the other side is not looked at. */
const local = {
  exists: async () => true,
  async *images() {
    yield 'web';
  },
};
async function* tags() {
  yield* TAGS;
}
const source = { lists: { tags } } as unknown as RegistryClient;

test('a run tells how far it is, how fast, and when it ends about; and of a retry the same', async () => {
  const { store, dispose } = await openTemporaryStore();
  const copy = openCopy(store);
  const { records } = copy;
  const policy = await addPolicy(records);
  const sides = { policy, source, destination: source, sourceOf: String, destinationOf: String } as Sides;
  const view = async (id: string) => {
    const run = await records.runs.get(id);
    return run === null ? null : (await viewRuns(records, [run]))[0];
  };
  const { id } = await startRun(records, policy, { dryRun: false, actor });
  expect(await view(id)).toMatchObject({ progress: { tasks: 0, done: 0 } });

  const plan = async () => {
    const run = await records.runs.get(id);
    if (run === null) throw new Error('no run');
    await planRun({ records, local, signal: new AbortController().signal }, { run, policy, sides });
    const { plan: _, ...planned } = run;
    return await records.runs.replace(planned);
  };
  const planned = await plan();
  copy.advance(10_000);
  await noteProgress(records, id, { done: 1, copiedBytes: 5_000, skippedBytes: 70 });
  expect(await view(id)).toMatchObject({
    progress: { tasks: 4, done: 1, copiedBytes: 5_000, skippedBytes: 70 },
    bytesPerSecond: 500,
    estimatedEndAt: new Date(records.clock() + 30_000).toISOString(),
  });
  expect(await view(id)).not.toHaveProperty('counts');

  for (const [index, { dueAt: _, ...task }] of (await tasksOf(records, id)).entries())
    await records.tasks.replace({ ...task, state: index === 0 ? 'failed' : 'copied', copiedBytes: 5_000 });
  copy.advance(10_000);
  await endRun(records, planned);
  const ended = await view(id);
  expect(ended).toMatchObject({ state: 'partial', counts: { copiedBytes: 20_000 }, bytesPerSecond: 1_000 });
  expect(ended).not.toHaveProperty('progress');
  expect(ended).not.toHaveProperty('estimatedEndAt');
  expect(await records.runProgress.get(id)).toBeNull();

  copy.advance(3_600_000);
  await retryRun(records, id);
  await plan();
  copy.advance(1_000);
  await noteProgress(records, id, { copiedBytes: 800 });
  expect(await view(id)).toMatchObject({ progress: { tasks: 1, done: 0 }, bytesPerSecond: 800 });
  await dispose();
});
