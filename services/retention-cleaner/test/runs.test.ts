import { join } from 'node:path';
import { startTestBus, type TestBus } from '@berth/bus/testing';
import type { CleanupPolicySettings, EventData } from '@berth/contracts';
import { type DocumentStore, openDocumentStore } from '@berth/document-store';
import { temporaryFolder } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import { deletePolicy, removePoliciesOf } from '../policies/remove-policies.ts';
import { updatePolicy } from '../policies/update-policy.ts';
import { settingsOf } from '../policies/view-policy.ts';
import { doTask } from '../runs/do-task.ts';
import {
  cancelRun,
  confirmRun,
  countAwaiting,
  listDecisions,
  listRuns,
  requireRun,
  viewRun,
} from '../runs/find-runs.ts';
import { CONFIRM_WITHIN_MS, finishRun } from '../runs/finish-run.ts';
import { TASK_LEASE_MS, takeTask } from '../runs/hold-task.ts';
import { pruneRuns, RUN_KEPT_MS, RUNS_KEPT } from '../runs/prune-runs.ts';
import { scheduleRuns } from '../runs/schedule-runs.ts';
import { startRun } from '../runs/start-run.ts';
import { tendRuns } from '../runs/tend-runs.ts';
import {
  ALICE,
  type Copy,
  emptyRegistry,
  fill,
  makePolicy,
  ORIGIN,
  openCopy,
  REGISTRY,
  type Registry,
  serveRegistry,
} from './run-fixture.ts';

let testBus: TestBus;
let store: DocumentStore;
let registry: Registry;
let copy: Copy;
let offsetMs = 0;
beforeEach(async () => {
  offsetMs = 0;
  store = await openDocumentStore({ url: `sqlite:${join(await temporaryFolder(), 'cleaner.db')}` });
  testBus = await startTestBus();
  registry = emptyRegistry();
  serveRegistry(testBus.bus, registry);
  copy = openCopy(store, testBus.bus, () => Date.now() + offsetMs);
});
afterEach(async () => {
  await testBus.stop();
  await store.close();
});

const start = async (policyId: string, isDryRun = false) => {
  const policy = await copy.records.policies.get(policyId);
  if (policy === null) throw new Error(`no policy ${policyId}`);
  return await startRun(copy.records, policy, { isDryRun, trigger: 'manual', origin: ORIGIN });
};
const workOn = async (id: string) => {
  for (let n = 0; n < 4; n++) {
    await copy.work();
    offsetMs += 1_001;
  }
  return await requireRun(copy.records, id);
};
const run = async (policyId: string, isDryRun = false) => await workOn((await start(policyId, isDryRun)).id);
const outcomes = async (runId: string) =>
  (await listDecisions(copy.records, runId, { limit: 500 })).items.map(
    ({ digest, outcome }) => `${digest} ${outcome}`,
  );
const told = async (): Promise<{ type: string; data: EventData<'cleanup.completed'> }[]> =>
  (await store.outbox.unsent(100)).map(({ payload }) => JSON.parse(payload));
const completed = async () =>
  (await told()).filter(({ type }) => type === 'berth.cleanup.completed').map(({ data }) => data.state);

const ALWAYS = { keep: [{ rule: 'always' as const }] };
const update = async (policy: PolicyDocument, change: Partial<CleanupPolicySettings>) =>
  await updatePolicy(copy.records, policy, {
    settings: { ...settingsOf(policy), ...change },
    origin: ORIGIN,
  });

describe('a run', () => {
  test('deletes image by image what no rule keeps, and tells each decision and the end', async () => {
    fill(registry, 'api', 2);
    fill(registry, 'web', 3);
    const { id } = await makePolicy(copy.records);
    const ended = await run(id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      counts: { images: 2, imagesDone: 2, artifacts: 5, kept: 2, deleted: 3, keptSince: 0 },
    });
    expect(registry.deleted.sort()).toEqual(['api1', 'web1', 'web2']);
    expect(await outcomes(ended.id)).toEqual([
      'api1 deleted',
      'api2 kept',
      'web1 deleted',
      'web2 deleted',
      'web3 kept',
    ]);
    expect(await completed()).toEqual(['succeeded']);
  });

  test('that is dry decides the same, and deletes nothing', async () => {
    fill(registry, 'web', 3);
    const { id } = await makePolicy(copy.records);
    const dry = await run(id, true);
    expect(dry).toMatchObject({ state: 'succeeded', counts: { kept: 1, deleted: 2 } });
    expect(registry.deleted).toEqual([]);
    expect(await completed()).toEqual([]);
    const decided = (items: readonly { digest: string; rule: string; reason: string }[]) =>
      items.map(({ digest, rule, reason }) => ({ digest, rule, reason }));
    const dryDecisions = (await listDecisions(copy.records, dry.id, {})).items;
    const real = await run(id);
    expect(decided((await listDecisions(copy.records, real.id, {})).items)).toEqual(decided(dryDecisions));
  });

  test('leaves images alone that the policy is not for', async () => {
    fill(registry, 'api', 2);
    fill(registry, 'web', 2);
    const { id } = await makePolicy(copy.records, { images: { match: ['w*'] } });
    expect(await run(id)).toMatchObject({ counts: { images: 1, deleted: 1 } });
    expect(registry.deleted).toEqual(['web1']);
  });

  test('keeps what the rules of another enabled policy keep', async () => {
    fill(registry, 'web', 3);
    const { id } = await makePolicy(copy.records);
    const other = { name: 'first', tags: { match: ['v1'] }, keep: [{ rule: 'always' as const }] };
    await makePolicy(copy.records, other);
    await run(id);
    expect(registry.deleted).toEqual(['web2']);
  });

  test('reports what metadata holds back at the moment of the deletion', async () => {
    fill(registry, 'web', 3);
    registry.held.set('web1', 'it was pulled since');
    const { id } = await makePolicy(copy.records);
    const ended = await run(id);
    expect(ended).toMatchObject({ state: 'succeeded', counts: { deleted: 1, keptSince: 1 } });
    const [first] = (await listDecisions(copy.records, ended.id, { outcome: 'keptSince' })).items;
    expect(first).toMatchObject({ digest: 'web1', reason: 'kept (changed since): it was pulled since' });
  });

  test('is the only one of its policy', async () => {
    const { id } = await makePolicy(copy.records);
    const first = await start(id);
    await expect(start(id)).rejects.toMatchObject({
      code: 'RUN_IN_PROGRESS',
      detail: { existingId: first.id },
    });
    expect((await workOn(first.id)).state).toBe('succeeded');
    await start(id);
  });

  test('of a disabled policy may only be dry', async () => {
    fill(registry, 'web', 2);
    const { id } = await makePolicy(copy.records, { enabled: false });
    await expect(start(id)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await run(id, true)).toMatchObject({ state: 'succeeded', counts: { deleted: 1 } });
  });

  test('fails when its registry is gone', async () => {
    const { id } = await makePolicy(copy.records, {}, { id: 'r-gone', name: 'gone' });
    expect(await run(id)).toMatchObject({ state: 'failed', error: expect.stringMatching(/registry/) });
    expect(await completed()).toEqual(['failed']);
  });

  test('tries an image again, and is partial when one cannot be done', async () => {
    fill(registry, 'api', 2);
    fill(registry, 'web', 2);
    registry.onDelete = async (digest) => {
      if (digest === 'web1') throw new Error('the disk says no');
    };
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id);
    for (let n = 0; n < 8; n++) {
      await copy.work();
      offsetMs += 61_000;
    }
    expect(await requireRun(copy.records, runId)).toMatchObject({
      state: 'partial',
      counts: { imagesDone: 1, imagesFailed: 1, deleted: 1 },
    });
    expect(await outcomes(runId)).toContain('web1 planned');
  });
});

describe('the brake', () => {
  test('holds an image of which too much would go, until somebody confirms', async () => {
    fill(registry, 'api', 10);
    fill(registry, 'web', 2);
    const { id } = await makePolicy(copy.records, { maxDeletedShare: 0.8 });
    const waiting = await run(id);
    expect(waiting).toMatchObject({
      state: 'awaitingConfirmation',
      counts: { imagesAwaiting: 1, deleted: 1 },
    });
    expect(registry.deleted).toEqual(['web1']);
    expect(await countAwaiting(copy.records)).toBe(1);
    await confirmRun(copy.records, waiting.id, ORIGIN);
    expect(await workOn(waiting.id)).toMatchObject({ state: 'succeeded', counts: { deleted: 10 } });
    expect(await countAwaiting(copy.records)).toBe(0);
    expect(registry.images.get('api')).toHaveLength(1);
    await expect(confirmRun(copy.records, waiting.id, ORIGIN)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });

  test('holds the last tagged artifact of an image, whatever the share', async () => {
    fill(registry, 'web', 2);
    const keep = [{ rule: 'pushedWithin' as const, days: 1 }];
    const { id } = await makePolicy(copy.records, { keep, maxDeletedShare: 1 });
    offsetMs = 10 * 86_400_000;
    expect((await run(id)).state).toBe('awaitingConfirmation');
    expect(registry.deleted).toEqual([]);
  });

  test('lets a policy that was made meanwhile keep what was to be confirmed', async () => {
    fill(registry, 'api', 10);
    const { id } = await makePolicy(copy.records, { maxDeletedShare: 0.1 });
    const waiting = await run(id);
    await makePolicy(copy.records, { name: 'all', keep: [{ rule: 'always' }] });
    await confirmRun(copy.records, waiting.id, ORIGIN);
    expect(await workOn(waiting.id)).toMatchObject({ state: 'succeeded', counts: { deleted: 0 } });
  });

  test('lets nothing go that was not among what was confirmed', async () => {
    fill(registry, 'api', 3);
    const { id } = await makePolicy(copy.records, { maxDeletedShare: 0.1 });
    const other = { name: 'second', tags: { match: ['v2'] }, keep: [{ rule: 'always' as const }] };
    const keeping = await makePolicy(copy.records, other);
    const waiting = await run(id);
    await deletePolicy(copy.records, keeping, ORIGIN);
    await confirmRun(copy.records, waiting.id, ORIGIN);
    expect((await workOn(waiting.id)).state).toBe('succeeded');
    expect(registry.deleted).toEqual(['api1']);
  });

  test.each([
    { what: 'changed', change: (policy: PolicyDocument) => update(policy, ALWAYS) },
    { what: 'deleted', change: (policy: PolicyDocument) => deletePolicy(copy.records, policy, ORIGIN) },
    {
      what: 'deleted by a copy that died of it',
      change: (policy: PolicyDocument) => copy.records.policies.remove(policy),
    },
  ])('has nothing more to wait for when the policy is $what', async ({ what, change }) => {
    fill(registry, 'api', 10);
    const policy = await makePolicy(copy.records, { maxDeletedShare: 0.1 });
    const waiting = await run(policy.id);
    await change(policy);
    offsetMs += 60_000;
    const error = expect.stringContaining(what.slice(0, 7));
    expect(await workOn(waiting.id)).toMatchObject({ state: 'cancelled', error });
    expect(await countAwaiting(copy.records)).toBe(0);
    expect(registry.deleted).toEqual([]);
  });

  test('is not let go of for a policy that was deleted, also before the run has ended', async () => {
    fill(registry, 'api', 10);
    const policy = await makePolicy(copy.records, { maxDeletedShare: 0.1 });
    const waiting = await run(policy.id);
    await deletePolicy(copy.records, policy, ORIGIN);
    await expect(confirmRun(copy.records, waiting.id, ORIGIN)).rejects.toMatchObject({
      code: 'RUN_ENDED',
      message: expect.stringMatching(/policy was deleted/),
    });
  });

  test('ends a run that nobody confirms, so that the policy can run again', async () => {
    fill(registry, 'api', 10);
    const { id } = await makePolicy(copy.records, { maxDeletedShare: 0.1 });
    const waiting = await run(id);
    offsetMs += CONFIRM_WITHIN_MS + 60_000;
    expect(await workOn(waiting.id)).toMatchObject({ state: 'cancelled', counts: { deleted: 0 } });
    await start(id);
  });
});

describe('what people do to a run', () => {
  const BOB = { id: 'u-bob', kind: 'user', name: 'bob' } as const;
  const BOBS = { actor: BOB, via: 'api', address: '192.0.2.7' } as const;
  const toldOfRun = async (id: string) =>
    (await told())
      .filter(({ data }) => data.run === id)
      .map(({ type, data: { actor, via } }) => `${type.replace('berth.', '')} ${actor.name} ${via}`);

  test('is told and remembered, with who did it', async () => {
    fill(registry, 'api', 10);
    const { id } = await makePolicy(copy.records, { maxDeletedShare: 0.1 });
    const { id: runId } = await run(id);
    await confirmRun(copy.records, runId, BOBS);
    const ended = await workOn(runId);
    expect(viewRun(ended)).toMatchObject({ createdBy: ALICE, confirmedBy: BOB });
    expect(await toldOfRun(runId)).toEqual([
      'cleanup.started alice api',
      'cleanup.confirmed bob api',
      'cleanup.completed alice cleanup',
    ]);
  });

  test('is told with its end, where that is what they do', async () => {
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id);
    expect(viewRun(await cancelRun(copy.records, runId, BOBS))).toMatchObject({ cancelledBy: BOB });
    expect(await toldOfRun(runId)).toEqual([
      'cleanup.started alice api',
      'cleanup.cancelled bob api',
      'cleanup.completed alice cleanup',
    ]);
  });

  test('is not told of a dry run, which deletes nothing', async () => {
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id, true);
    await cancelRun(copy.records, runId, BOBS);
    expect(await toldOfRun(runId)).toEqual([]);
  });
});

describe('a run under way', () => {
  test('ends at the next artifact when it is cancelled', async () => {
    fill(registry, 'web', 5);
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id);
    registry.onDelete = async (digest) => {
      if (digest === 'web2') await cancelRun(copy.records, runId, ORIGIN);
    };
    expect(await workOn(runId)).toMatchObject({ state: 'cancelled' });
    expect(registry.deleted).toEqual(['web1', 'web2']);
    expect(await completed()).toEqual(['cancelled']);
    await expect(cancelRun(copy.records, runId, ORIGIN)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });

  test.each([
    { what: 'deleted', change: (policy: PolicyDocument) => deletePolicy(copy.records, policy, ORIGIN) },
    { what: 'changed', change: (policy: PolicyDocument) => update(policy, ALWAYS) },
    { what: 'changed', change: (policy: PolicyDocument) => update(policy, { tags: { match: ['w*'] } }) },
    { what: 'disabled', change: (policy: PolicyDocument) => update(policy, { enabled: false }) },
    {
      what: 'disabled',
      change: async (policy: PolicyDocument) =>
        update(await update(policy, { enabled: false }), { enabled: true }),
    },
    {
      what: 'changed',
      change: (policy: PolicyDocument) => copy.records.policies.replace({ ...policy, rules: 'others' }),
    },
  ])('deletes nothing more when its policy is $what, and says why it ended', async ({ what, change }) => {
    fill(registry, 'api', 2);
    fill(registry, 'web', 5);
    fill(registry, 'zoo', 2);
    const policy = await makePolicy(copy.records);
    const { id: runId } = await start(policy.id);
    registry.onDelete = async (digest) => {
      if (digest === 'web2') await change(policy);
    };
    expect(await workOn(runId)).toMatchObject({
      ...{ state: 'cancelled', error: expect.stringContaining(`the policy was ${what}`) },
      counts: { images: 3, imagesDone: 1, deleted: 3 },
    });
    expect(registry.deleted).toEqual(['api1', 'web1', 'web2']);
  });

  test('deletes nothing more of an image for which another policy is made meanwhile', async () => {
    fill(registry, 'web', 5);
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id);
    registry.onDelete = async (digest) => {
      const other = { tags: { match: ['v3'] }, ...ALWAYS };
      if (digest === 'web1') await makePolicy(copy.records, { name: 'other', images: { match: ['api'] } });
      if (digest === 'web2') await makePolicy(copy.records, { name: 'third', ...other });
    };
    expect(await workOn(runId)).toMatchObject({
      ...{ state: 'cancelled', error: expect.stringContaining('another policy for image "web"') },
      counts: { deleted: 2 },
    });
    expect(registry.deleted).toEqual(['web1', 'web2']);
  });

  test('is stopped also where a copy looked at it just before', async () => {
    fill(registry, 'web', 5);
    const policy = await makePolicy(copy.records);
    const { id: runId } = await start(policy.id);
    const parts = { records: copy.records, caller: testBus.bus, stopping: new AbortController().signal };
    await tendRuns(parts);
    const before = await requireRun(copy.records, runId);
    registry.onDelete = async () => {
      registry.onDelete = async () => {};
      await update(policy, ALWAYS);
    };
    const task = await takeTask(copy.records, 'this');
    if (task === null) throw new Error('no image to work on');
    await doTask(parts, task);
    expect(await finishRun(copy.records, before, 1_000)).toMatchObject({ state: 'cancelled' });
  });

  test('goes on when its policy was changed, but not what stays by it', async () => {
    fill(registry, 'web', 5);
    const policy = await makePolicy(copy.records);
    const { id: runId } = await start(policy.id);
    registry.onDelete = async (digest) => {
      if (digest === 'web2') await update(policy, { name: 'neat', schedule: '30 3 * * 1' });
    };
    expect(await workOn(runId)).toMatchObject({ state: 'succeeded', counts: { deleted: 4 } });
  });

  test('is gone on with when its copy dies, and nothing is deleted twice', async () => {
    fill(registry, 'web', 5);
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id);
    // This copy never comes back from its third deletion.
    const dead = new Promise<void>((resolve) => {
      registry.onDelete = async (digest) => {
        if (digest !== 'web3') return;
        resolve();
        await new Promise(() => {});
      };
    });
    void copy.work().catch(() => {});
    await dead;
    registry.onDelete = async () => {};
    const other = openCopy(store, testBus.bus, () => Date.now() + offsetMs);
    await other.work();
    expect(registry.deleted).toEqual(['web1', 'web2']);
    offsetMs += TASK_LEASE_MS + 1;
    await other.work();
    offsetMs += 1_001;
    await other.work();
    expect(registry.deleted).toEqual(['web1', 'web2', 'web3', 'web4']);
    expect(await requireRun(copy.records, runId)).toMatchObject({
      state: 'succeeded',
      counts: { deleted: 4 },
    });
  });

  test('is let go of when its copy stops, and another goes on at once', async () => {
    fill(registry, 'web', 5);
    const { id } = await makePolicy(copy.records);
    const { id: runId } = await start(id);
    const stopping = new AbortController();
    registry.onDelete = async (digest) => {
      if (digest === 'web2') stopping.abort();
    };
    await copy.work(stopping.signal);
    expect(registry.deleted).toEqual(['web1', 'web2']);
    expect((await workOn(runId)).state).toBe('succeeded');
    expect(registry.deleted).toHaveLength(4);
  });
});

describe('a schedule', () => {
  const HOUR_MS = 3_600_000;
  const hourly = () => makePolicy(copy.records, { schedule: '0 * * * *' });

  test('starts a run once, however many times were missed and however many copies look', async () => {
    const { id } = await hourly();
    expect(await scheduleRuns(copy.records)).toBe(0);
    offsetMs += 5 * HOUR_MS;
    const others = [1, 2].map(() => openCopy(store, testBus.bus, () => Date.now() + offsetMs));
    const started = await Promise.all([copy, ...others].map(({ records }) => scheduleRuns(records)));
    expect(started.reduce((a, b) => a + b)).toBe(1);
    const { items } = await listRuns(copy.records, id, {});
    expect(items).toMatchObject([{ trigger: 'scheduled', createdBy: { id: 'retention-cleaner' } }]);
    await workOn(items[0]?.id ?? '');
    expect(await scheduleRuns(copy.records)).toBe(0);
    offsetMs += HOUR_MS;
    expect(await scheduleRuns(copy.records)).toBe(1);
  });

  test('goes when its policy is disabled, and another time holds at once', async () => {
    const policy = await hourly();
    const settings = { ...settingsOf(policy), schedule: '30 4 1 1 *' };
    const changed = await updatePolicy(copy.records, policy, { settings, origin: ORIGIN });
    offsetMs += 2 * HOUR_MS;
    expect(await scheduleRuns(copy.records)).toBe(0);
    await updatePolicy(copy.records, changed, { settings: { ...settings, enabled: false }, origin: ORIGIN });
    offsetMs += 400 * 24 * HOUR_MS;
    expect(await scheduleRuns(copy.records)).toBe(0);
    expect((await copy.records.policySchedules.page({ index: 'id', limit: 10 })).items).toEqual([]);
  });
});

test('policies of a registry that is gone go with it', async () => {
  await makePolicy(copy.records);
  const other = await makePolicy(copy.records, {}, { id: 'r-2', name: 'other' });
  await removePoliciesOf(copy.records, REGISTRY.id, ORIGIN);
  const { items } = await copy.records.policies.page({ index: 'id', limit: 10 });
  expect(items.map(({ id }) => id)).toEqual([other.id]);
});

test('the newest runs of a policy are remembered, with their decisions, and none for ever', async () => {
  fill(registry, 'web', 2);
  const { id } = await makePolicy(copy.records);
  const oldest = await run(id, true);
  for (let n = 0; n < RUNS_KEPT; n++) {
    await cancelRun(copy.records, (await start(id)).id, ORIGIN);
    offsetMs += 1;
  }
  await pruneRuns(copy.records, id);
  expect((await listRuns(copy.records, id, { limit: 500 })).items).toHaveLength(RUNS_KEPT);
  expect(await outcomes(oldest.id)).toEqual([]);
  offsetMs += RUN_KEPT_MS + 1_000;
  await pruneRuns(copy.records);
  expect((await listRuns(copy.records, id, { limit: 500 })).items).toEqual([]);
});
