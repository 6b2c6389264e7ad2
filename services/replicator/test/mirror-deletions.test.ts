import { describeOnMongo } from '@berth/document-store/testing';
import { expect, test } from '@jest/globals';
import { createBlobPlaces } from '../copy/blob-places.ts';
import { createOpenUploads } from '../copy/open-uploads.ts';
import { createPaces } from '../copy/pace.ts';
import type { PolicyDocument } from '../documents/policy.ts';
import type { TaskDocument } from '../documents/task.ts';
import { planRun } from '../runs/plan-run.ts';
import { startRun, startTagRun } from '../runs/start-run.ts';
import { runTask } from '../tasks/run-task.ts';
import { type Sides, sidesOf } from '../tasks/sides-of.ts';
import { createFakeRegistry } from './fake-registry.ts';
import { addEndpoint, addPolicy, changeNow, openCopy, tasksOf } from './fixture.ts';

describeOnMongo('deletions that are mirrored', (open) => {
  async function openRegion() {
    const { store, dispose } = await open();
    const { records } = openCopy(store);
    const [here, there] = [createFakeRegistry('http://here'), createFakeRegistry('http://there')];
    await addEndpoint(records);
    const policy = await addPolicy(records, { trigger: 'event', deletes: 'mirror', overwrite: 'always' });
    let events = 0;
    const local = { exists: async () => true, async *images() {} };

    async function newTask(): Promise<TaskDocument> {
      events += 1;
      const run = await startTagRun(records, policy, changeNow(records, `e${events}`));
      if (run === null) throw new Error('no run');
      await planRun(
        { records, local, signal: new AbortController().signal },
        { run, policy, sides: {} as Sides },
      );
      const [task] = await tasksOf(records, run.id);
      if (task === undefined) throw new Error('no task');
      return task;
    }

    /** The task with what it kept when it was killed at `dies`, if it was. */
    async function work(
      task: TaskDocument,
      dies?: 'once the tag is set',
    ): Promise<{ state: string; task: TaskDocument }> {
      let kept = task;
      const dead = new AbortController();
      there.onSet = (tag) => {
        onSet?.(tag);
        if (dies === undefined) return;
        dead.abort();
        throw new Error('killed');
      };
      const parts = {
        ...{ records, local: { exists: async () => true }, signal: dead.signal, onBytes: () => undefined },
        ...{
          places: createBlobPlaces(),
          paces: createPaces(),
          uploads: createOpenUploads([], () => undefined),
        },
        registries: { local: here.client, remote: () => there.client },
        noteIntent: async (wrote: NonNullable<TaskDocument['wrote']>) => {
          kept = { ...kept, wrote };
        },
      };
      const { state } = await runTask(parts, task).catch(() => ({ state: 'killed' }));
      return { state, task: kept };
    }
    let onSet: ((tag: string) => void) | undefined;

    /** What a run over all tags would look at, when the source has no image any more. */
    async function planned(dryRun = false): Promise<readonly TaskDocument[]> {
      const run = await startRun(records, policy, { dryRun, actor: policy.createdBy });
      const registries = { local: here.client, remote: () => there.client };
      const sides = await sidesOf({ records, registries }, policy.id);
      await planRun(
        { records, local, signal: new AbortController().signal },
        { run, policy: sides.policy, sides },
      );
      return await tasksOf(records, run.id);
    }

    async function change(settings: Partial<PolicyDocument>): Promise<void> {
      const stored = await records.policies.get(policy.id);
      if (stored !== null) await records.policies.replace({ ...stored, ...settings });
    }
    return {
      ...{ here, there, newTask, work, planned, change, dispose },
      whenSetThere: (then: (tag: string) => void) => {
        onSet = then;
      },
    };
  }

  test('a tag that goes while it is copied goes there too: its deletion was followed before there was one to delete', async () => {
    const { here, there, newTask, work, whenSetThere, dispose } = await openRegion();
    here.push('1.0', 'one');
    whenSetThere((tag) => here.tags.delete(tag));
    expect((await work(await newTask())).state).toBe('deleted');
    expect(there.tags.size).toBe(0);
    await dispose();
  });

  test('a copy that is killed after it set the tag leaves one that is deleted later', async () => {
    const { here, there, newTask, work, dispose } = await openRegion();
    here.push('1.0', 'one');
    const killed = await work(await newTask(), 'once the tag is set');
    expect([killed.state, there.tags.size]).toEqual(['killed', 1]);
    expect((await work(killed.task)).state).toBe('skipped');
    here.tags.delete('1.0');
    expect((await work(await newTask())).state).toBe('deleted');
    expect(there.tags.size).toBe(0);
    await dispose();
  });

  test('a copy that is killed after it set the tag deletes it itself when it is gone meanwhile', async () => {
    const { here, there, newTask, work, dispose } = await openRegion();
    here.push('1.0', 'one');
    const killed = await work(await newTask(), 'once the tag is set');
    here.tags.delete('1.0');
    expect((await work(killed.task)).state).toBe('deleted');
    expect(there.tags.size).toBe(0);
    await dispose();
  });

  test('a tag that is pushed anew while it is deleted there is copied, and its next deletion is mirrored', async () => {
    const { here, there, newTask, work, dispose } = await openRegion();
    here.push('1.0', 'one');
    await work(await newTask());
    here.tags.delete('1.0');
    there.onDelete = () => {
      delete there.onDelete;
      here.push('1.0', 'two');
    };
    expect((await work(await newTask())).state).toBe('copied');
    expect(there.tags.get('1.0')).toBe(here.tags.get('1.0'));
    here.tags.delete('1.0');
    expect((await work(await newTask())).state).toBe('deleted');
    expect(there.tags.size).toBe(0);
    await dispose();
  });

  test('a policy that writes elsewhere by now deletes there nothing that it did not write there', async () => {
    const { here, there, newTask, work, planned, change, dispose } = await openRegion();
    here.push('1.0', 'one');
    const written = await work(await newTask());
    await change({ remoteRegistry: 'other' });
    here.tags.delete('1.0');
    expect(await planned()).toEqual([]);
    expect((await work(await newTask())).state).toBe('skipped');
    expect((await work(written.task)).state).toBe('skipped');
    expect(there.tags.size).toBe(1);
    await dispose();
  });

  test('what a policy wrote and does not want any more is neither copied nor deleted', async () => {
    const { here, there, newTask, work, planned, change, dispose } = await openRegion();
    const first = here.push('1.0', 'one');
    await work(await newTask());
    await change({ tags: { match: ['2.*'] } });
    here.push('1.0', 'two');
    expect(await planned()).toEqual([]);
    expect((await work(await newTask())).state).toBe('skipped');
    here.tags.delete('1.0');
    expect((await work(await newTask())).state).toBe('skipped');
    expect(there.tags.get('1.0')).toBe(first);
    await dispose();
  });

  test('a dry run tells what would be deleted', async () => {
    const { here, there, newTask, work, planned, dispose } = await openRegion();
    here.push('1.0', 'one');
    await work(await newTask());
    here.tags.delete('1.0');
    const [task] = await planned(true);
    expect((await work(task as TaskDocument)).state).toBe('planned');
    expect(there.tags.size).toBe(1);
    await dispose();
  });

  test('a tag there that nobody copied is not deleted', async () => {
    const { there, newTask, work, dispose } = await openRegion();
    there.push('1.0', 'theirs');
    expect((await work(await newTask())).state).toBe('skipped');
    expect(there.tags.size).toBe(1);
    await dispose();
  });
});
