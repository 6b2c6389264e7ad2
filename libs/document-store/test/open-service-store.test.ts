import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLifecycle, createMetrics, silentLogger } from '@berth/runtime';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openServiceStore } from '../index.ts';
import { BOOKS } from '../testing/contract-fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('A service store is part of the readiness, tells its counters, and closes with the service', async () => {
  const metrics = createMetrics('test', { withProcess: false });
  const life = createLifecycle({ logger: silentLogger, metrics });
  const url = `sqlite:${join(folder, 'service.db')}`;
  const books = (await openServiceStore(life, url)).collection(BOOKS);
  await books.insert('one', { shelf: 's', title: 't' });
  await books.insert('two', { shelf: 's', title: 'u' }, { relaxed: true });
  expect(await life.readiness()).toEqual({ ready: true, checks: { 'document store': 'ok' } });
  const text = await metrics.text();
  expect(text).toMatch(/berth_document_writes_total\{[^}]*\} 2/);
  expect(text).toMatch(/berth_durable_commits_total\{[^}]*\} [1-9]/);
  expect(await life.shutdown('the test is over')).toBe(true);
  await expect(books.insert('three', { shelf: 's', title: 'v' })).rejects.toThrow();
});
