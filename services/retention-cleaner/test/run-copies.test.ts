import { startTestBus, type TestBus } from '@berth/bus/testing';
import type { DocumentStore } from '@berth/document-store';
import { describeOnMongo } from '@berth/document-store/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { requireRun } from '../runs/find-runs.ts';
import { TASK_LEASE_MS } from '../runs/hold-task.ts';
import { scheduleRuns } from '../runs/schedule-runs.ts';
import { startRun } from '../runs/start-run.ts';
import {
  type Copy,
  emptyRegistry,
  fill,
  makePolicy,
  ORIGIN,
  openCopy,
  type Registry,
  serveRegistry,
} from './run-fixture.ts';

const IMAGES = 30;

describeOnMongo('three copies of the cleaner', (open) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let testBus: TestBus;
  let stores: DocumentStore[];
  let copies: Copy[];
  let registry: Registry;
  let offsetMs: number;

  beforeEach(async () => {
    offsetMs = 0;
    [opened, testBus] = await Promise.all([open(), startTestBus()]);
    stores = [opened.store, await opened.another(), await opened.another()];
    copies = stores.map((store) => openCopy(store, testBus.bus, () => Date.now() + offsetMs));
    registry = emptyRegistry();
    serveRegistry(testBus.bus, registry);
    for (let n = 0; n < IMAGES; n += 1) fill(registry, `image${n}-`, 3);
  });
  afterEach(async () => {
    await Promise.all([opened.dispose(), testBus.stop()]);
  });

  const first = () => copies[0] as Copy;
  const start = async () => {
    const policy = await makePolicy(first().records);
    return await startRun(first().records, policy, { isDryRun: false, trigger: 'manual', origin: ORIGIN });
  };
  const work = async (some: readonly Copy[]) => {
    await Promise.all(some.map((copy) => copy.work()));
    offsetMs += 1_001;
  };

  test('work each image once between them', async () => {
    const { id } = await start();
    for (let round = 0; round < 4; round += 1) await work(copies);
    expect(await requireRun(first().records, id)).toMatchObject({
      state: 'succeeded',
      counts: { deleted: 2 * IMAGES },
    });
    expect(new Set(registry.deleted).size).toBe(registry.deleted.length);
    expect(registry.deleted).toHaveLength(2 * IMAGES);
  });

  test('go on with what one had in hand that never comes back', async () => {
    const { id } = await start();
    const { promise: hangs, resolve } = Promise.withResolvers<void>();
    registry.onDelete = async (digest) => {
      if (digest !== 'image7-1') return;
      resolve();
      await new Promise(() => {});
    };
    for (const copy of copies) void copy.work().catch(() => {});
    await hangs;
    registry.onDelete = async () => {};
    const fresh = stores.map((store) => openCopy(store, testBus.bus, () => Date.now() + offsetMs));
    offsetMs += TASK_LEASE_MS + 1;
    for (let round = 0; round < 4; round += 1) await work(fresh);
    expect(await requireRun(first().records, id)).toMatchObject({
      state: 'succeeded',
      counts: { deleted: 2 * IMAGES },
    });
    expect(new Set(registry.deleted).size).toBe(registry.deleted.length);
  });

  test('begin a run that is due once', async () => {
    await makePolicy(first().records, { schedule: '0 3 * * *' });
    offsetMs += 3 * 86_400_000;
    await Promise.all(copies.map(({ records }) => scheduleRuns(records)));
    const { items } = await first().records.runs.page({ index: 'id', limit: 10 });
    expect(items).toHaveLength(1);
  });
});
