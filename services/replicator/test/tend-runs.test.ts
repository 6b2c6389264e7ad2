import { openTemporaryStore } from '@berth/document-store/testing';
import type { RegistryClient } from '@berth/registry-client';
import { expect, test } from '@jest/globals';
import { createBlobPlaces } from '../copy/blob-places.ts';
import { createOpenUploads } from '../copy/open-uploads.ts';
import { createPaces } from '../copy/pace.ts';
import type { LocalRegistries } from '../ports.ts';
import { LOOK_AGAIN_MS } from '../runs/plan-in-hand.ts';
import { cancelRun, startRun, startTagRun } from '../runs/start-run.ts';
import { type TendParts, tendRuns } from '../runs/tend-runs.ts';
import { runTask, type TaskParts } from '../tasks/run-task.ts';
import { createFakeRegistry } from './fake-registry.ts';
import { addEndpoint, addPolicy, type Copy, changeNow, openCopy, tasksOf } from './fixture.ts';

const actor = { id: 'u-ann', kind: 'user', name: 'ann' } as const;
const nothingHere: LocalRegistries = { exists: async () => true, async *images() {} };

let pending: Promise<void>[] = [];
/** A look, and what it left aside. */
async function look(parts: TendParts, touched: readonly string[] = []): Promise<void> {
  await tendRuns(parts, touched);
  const all = pending;
  pending = [];
  await Promise.all(all);
}

function partsOf({ records }: Copy, more: Partial<TendParts> = {}): TendParts {
  const client = createFakeRegistry('http://anywhere').client;
  return {
    ...{ records, local: nothingHere, registries: { local: client, remote: () => client } },
    ...{ retryPauseMs: 1_000, stopping: new AbortController().signal, onPlanned: () => undefined },
    ...{ metrics: { runEnded: () => undefined }, onEnded: () => undefined },
    ...{ aside: (_, work) => void pending.push(work()) },
    ...more,
  };
}

async function openCopies() {
  const { store, dispose } = await openTemporaryStore();
  const copies = [openCopy(store), openCopy(store)] as const;
  const { records } = copies[0];
  await addEndpoint(records);
  const stateOf = async (id: string) => (await records.runs.get(id))?.state;
  return { copies, records, stateOf, dispose };
}

test('a run whose task has ended ends at once where that copy looks, and elsewhere after a while', async () => {
  const { copies, records, stateOf, dispose } = await openCopies();
  const [here, elsewhere] = copies;
  const policy = await addPolicy(records, { trigger: 'event' });
  const ids: string[] = [];
  for (const tag of ['1.0', '2.0']) {
    const run = await startTagRun(records, policy, changeNow(records, tag, tag));
    if (run !== null) ids.push(run.id);
  }
  const [first = '', second = ''] = ids;
  await look(partsOf(here));
  for (const id of ids)
    for (const { dueAt: _, ...task } of await tasksOf(records, id))
      await records.tasks.replace({ ...task, state: 'copied' });
  await look(partsOf(here), [first]);
  expect(await stateOf(first)).toBe('succeeded');
  expect(await stateOf(second)).toBe('running');

  elsewhere.advance(LOOK_AGAIN_MS);
  await look(partsOf(elsewhere));
  expect(await stateOf(second)).toBe('succeeded');
  await dispose();
});

test('a run that an event began waits from its task since the event; it is planned where a crash left it without', async () => {
  const { copies, records, stateOf, dispose } = await openCopies();
  const [copy] = copies;
  const policy = await addPolicy(records, { trigger: 'event' });
  const change = changeNow(records, 'e1');
  copy.advance(5_000);
  const { id } = (await startTagRun(records, policy, change)) ?? { id: '' };
  const [task] = await tasksOf(records, id);
  expect(task).toMatchObject({ image: 'web', tag: '1.0', isPatient: true, createdAt: change.at });
  if (task === undefined) throw new Error('no task');
  await records.tasks.remove(task);
  await look(partsOf(copy));
  expect(await stateOf(id)).toBe('running');
  copy.advance(LOOK_AGAIN_MS);
  await look(partsOf(copy));
  expect(await tasksOf(records, id)).toMatchObject([{ tag: '1.0', createdAt: change.at }]);
  expect(await stateOf(id)).toBe('running');
  await dispose();
});

test('a look reads no run whose tasks are at work', async () => {
  const { copies, records, dispose } = await openCopies();
  const policy = await addPolicy(records, { trigger: 'event' });
  for (let index = 0; index < 20; index += 1)
    await startTagRun(records, policy, changeNow(records, `e${index}`, `${index}`));
  await look(partsOf(copies[0]));
  const { items } = await records.runs.page({
    ...{ index: 'byDue', equals: { isActive: true }, range: { lte: records.clock() }, limit: 10 },
  });
  expect(items).toEqual([]);
  await dispose();
});

test('a run of no tags ends in the look that plans it', async () => {
  const { copies, records, stateOf, dispose } = await openCopies();
  const { id } = await startRun(records, await addPolicy(records), { dryRun: false, actor });
  await look(partsOf(copies[0]));
  expect(await stateOf(id)).toBe('succeeded');
  await dispose();
});

test('one that is cancelled while a copy plans it ends, and what that copy plans late is not copied', async () => {
  const { copies, records, stateOf, dispose } = await openCopies();
  const [planner, other] = copies;
  const { id } = await startRun(records, await addPolicy(records), { dryRun: false, actor });
  async function* images() {
    await cancelRun(records, id);
    await look(partsOf(other));
    yield 'web';
  }
  async function* tags() {
    yield '1.0';
  }
  const client = { lists: { tags } } as unknown as RegistryClient;
  await look(
    partsOf(planner, {
      local: { ...nothingHere, images },
      registries: { local: client, remote: () => client },
    }),
  );
  expect(await stateOf(id)).toBe('cancelled');
  const [late] = await tasksOf(records, id);
  if (late === undefined) throw new Error('no task came late');
  const way: TaskParts = {
    ...{ records, local: nothingHere, registries: { local: client, remote: () => client } },
    ...{
      signal: new AbortController().signal,
      onBytes: () => undefined,
      paces: createPaces(),
      places: createBlobPlaces(),
    },
    uploads: createOpenUploads([], () => undefined),
    noteIntent: async () => undefined,
  };
  expect(await runTask(way, late)).toEqual({ state: 'cancelled' });
  await dispose();
});

test('a push is planned while a run over all tags is', async () => {
  const { copies, records, stateOf, dispose } = await openCopies();
  const [copy] = copies;
  const policy = await addPolicy(records, { trigger: 'event' });
  const { id } = await startRun(records, policy, { dryRun: false, actor });
  const listed = Promise.withResolvers<void>();
  // biome-ignore lint/correctness/useYield: it has no images
  async function* images() {
    await listed.promise;
  }
  const parts = partsOf(copy, { local: { ...nothingHere, images } });
  await tendRuns(parts);
  const pushed = await startTagRun(records, policy, changeNow(records, 'e1'));
  await tendRuns(parts);
  expect(await tasksOf(records, pushed?.id ?? '')).toHaveLength(1);
  expect(await stateOf(id)).toBe('running');
  listed.resolve();
  await look(parts);
  expect(await stateOf(id)).toBe('succeeded');
  await dispose();
});
