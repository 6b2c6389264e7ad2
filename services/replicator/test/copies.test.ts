import { describeOnMongo } from '@berth/document-store/testing';
import { expect, test } from '@jest/globals';
import { taskId } from '../documents/task.ts';
import { removeRemains } from '../policies/remove-remains.ts';
import { endRun } from '../runs/end-run.ts';
import { type PlanParts, planRun } from '../runs/plan-run.ts';
import { runSchedules } from '../runs/run-schedules.ts';
import { cancelRun, retryRun, startRun, startTagRun } from '../runs/start-run.ts';
import { noteWritten } from '../tasks/mirror-tag.ts';
import type { Sides } from '../tasks/sides-of.ts';
import { claimTask, TASK_LEASE_MS } from '../tasks/work-task.ts';
import { addPolicy, type Copy, openCopy, tasksOf } from './fixture.ts';

const actor = { id: 'u-ann', kind: 'user', name: 'ann' } as const;
const pushed = { eventId: 'e1', image: 'web', tag: '1.0', at: '2026-03-01T11:59:00.000Z' };
/** For plans that look at neither side. */
const nowhere = {} as Sides;
const unlisted = (copy: Copy): PlanParts => ({
  records: copy.records,
  signal: new AbortController().signal,
  local: {
    exists: async () => true,
    // biome-ignore lint/correctness/useYield: the plan must not come here
    async *images() {
      throw new Error('not asked for');
    },
  },
});

describeOnMongo('three copies of the replicator', (open) => {
  async function openCopies() {
    const { store, another, dispose } = await open();
    const copies = [openCopy(store), openCopy(await another()), openCopy(await another())] as const;
    return { copies, store, dispose };
  }

  test('a schedule fires once at its time, and once for all that was missed', async () => {
    const { copies, dispose } = await openCopies();
    const [first] = copies;
    const { id } = await addPolicy(first.records, { trigger: 'scheduled', schedule: '0 * * * *' });
    const look = () => Promise.all(copies.map(({ records }) => runSchedules(records)));
    const runs = async () =>
      (await first.records.runs.page({ index: 'byPolicy', equals: { policyId: id }, limit: 100 })).items;
    const end = async () => {
      for (const run of await runs()) if (run.isActive) await endRun(first.records, run);
    };
    await look();
    expect(await runs()).toEqual([]);
    for (const { advance } of copies) advance(60_000);
    await look();
    await look();
    expect((await runs()).map((run) => run.id)).toEqual([`${id}.2026-03-01T12:00:00.000Z`]);
    await end();
    for (const { advance } of copies) advance(5 * 3_600_000);
    await look();
    await look();
    expect((await runs()).map((run) => run.id)).toEqual([
      `${id}.2026-03-01T12:00:00.000Z`,
      `${id}.2026-03-01T13:00:00.000Z`,
    ]);
    await dispose();
  });

  test('what a policy leaves goes with it: ended runs, their tasks, and what it wrote', async () => {
    const { copies, dispose } = await openCopies();
    const [copy] = copies;
    const { records } = copy;
    const policy = await addPolicy(records, { trigger: 'event', deletes: 'mirror' });
    const run = await startTagRun(records, policy, pushed);
    if (run === null) throw new Error('no run');
    await planRun(unlisted(copy), { run, policy, sides: nowhere });
    await endRun(records, run);
    const { image, tag } = pushed;
    await noteWritten(records, {
      ...{ policyId: policy.id, image, tag, endpoint: 'e-west', repository: `acme/${image}` },
      digest: `sha256:${'a'.repeat(64)}`,
    });
    await removeRemains(records, policy.id);
    for (const collection of [records.runs, records.tasks, records.writtenTags])
      expect((await collection.page({ index: 'id', limit: 10 })).items).toEqual([]);
    await dispose();
  });

  test('an event that comes to all of them makes one run of one task, which one of them has in hand until its lease ends', async () => {
    const { copies, dispose } = await openCopies();
    const [{ records }] = copies;
    const policy = await addPolicy(records, { trigger: 'event' });
    const started = await Promise.all(copies.map((copy) => startTagRun(copy.records, policy, pushed)));
    const [run] = started.filter((made) => made !== null);
    expect(started.filter((made) => made === null)).toHaveLength(2);
    if (run === undefined) throw new Error('no run');
    await Promise.all(copies.map((copy) => planRun(unlisted(copy), { run, policy, sides: nowhere })));
    const [task, ...others] = await tasksOf(records, run.id);
    expect(others).toEqual([]);
    if (task === undefined) throw new Error('no task');
    const claims = await Promise.all(copies.map((copy) => claimTask(copy.records, task)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);

    const due = async (copy: Copy) =>
      (await copy.records.tasks.page({ index: 'byDue', range: { lte: copy.records.clock() }, limit: 10 }))
        .items;
    expect(await due(copies[1])).toEqual([]);
    copies[1].advance(TASK_LEASE_MS);
    const [left] = await due(copies[1]);
    expect(left?.id).toBe(taskId(run.id, 'web', '1.0'));
    await dispose();
  });

  test('a run ends once, with one event; a second of somebody waits for it', async () => {
    const { copies, store, dispose } = await openCopies();
    const [{ records }] = copies;
    const policy = await addPolicy(records);
    const run = await startRun(records, policy, { dryRun: false, actor });
    await expect(startRun(records, policy, { dryRun: true, actor })).rejects.toMatchObject({
      code: 'RUN_IN_PROGRESS',
      detail: { existingId: run.id },
    });
    const ends = await Promise.all(copies.map((copy) => endRun(copy.records, run)));
    expect(ends.filter((end) => end !== null)).toHaveLength(1);
    const events = (await store.outbox.unsent(10)).map(({ subject }) => subject);
    expect(events).toEqual(['berth.event.replication.completed']);
    await startRun(records, policy, { dryRun: false, actor });
    await dispose();
  });

  test('a retry takes up the failed tags and no others; a run that has ended cannot be cancelled', async () => {
    const { copies, dispose } = await openCopies();
    const [copy] = copies;
    const { records } = copy;
    const policy = await addPolicy(records, { trigger: 'event' });
    const run = await startTagRun(records, policy, pushed);
    if (run === null) throw new Error('no run');
    const plan = { run, policy, sides: nowhere };
    await planRun(unlisted(copy), plan);
    await planRun(unlisted(copy), { ...plan, run: { ...run, tag: '2.0' } });
    const [failed, copied] = await tasksOf(records, run.id);
    if (failed === undefined || copied === undefined) throw new Error('no tasks');
    await records.tasks.replace({ ...failed, state: 'failed', reason: 'it was away', tries: 6 });
    await records.tasks.replace({ ...copied, state: 'copied', copiedBytes: 10 });
    const ended = await endRun(records, run);
    expect(ended).toMatchObject({ state: 'partial', counts: { failed: 1, copied: 1, copiedBytes: 10 } });
    await expect(cancelRun(records, run.id)).rejects.toMatchObject({ code: 'RUN_ENDED' });

    const again = await retryRun(records, run.id);
    await planRun(unlisted(copy), { ...plan, run: again });
    const states = (await tasksOf(records, run.id)).map(({ id, state }) => [id === failed.id, state]);
    expect(states.sort()).toEqual([
      [false, 'copied'],
      [true, 'waiting'],
    ]);
    await dispose();
  });
});
