import { openTemporaryStore } from '@berth/document-store/testing';
import { createMetrics } from '@berth/runtime';
import { expect, test } from '@jest/globals';
import { farthestBehind } from '../policies/measure-lag.ts';
import { createReplicationMetrics } from '../replication-metrics.ts';
import { addPolicy, openCopy } from './fixture.ts';

test('the policies that are farthest behind are shown, and no others', async () => {
  const { store, dispose } = await openTemporaryStore();
  const { records, advance } = openCopy(store);
  const started = new Date(records.clock()).toISOString();
  advance(90_000);
  const later = new Date(records.clock()).toISOString();
  advance(10_000);
  for (const [slot, [name, createdAt, state]] of (
    [
      ['west', started, 'waiting'],
      ['east', later, 'waiting'],
      ['done', started, 'copied'],
    ] as const
  ).entries()) {
    const { id: policyId } = await addPolicy(records, { name, slot });
    await records.tasks.insert(name, {
      ...{ runId: 'r', policyId, image: 'web', tag: '1.0', state, tries: 0 },
      ...{ copiedBytes: 0, skippedBytes: 0, createdAt, updatedAt: createdAt },
    });
  }
  const west = { registry: 'acme', policy: 'west', lagSeconds: 100 };
  const east = { registry: 'acme', policy: 'east', lagSeconds: 10 };
  expect(await farthestBehind(records, 20)).toEqual([west, east]);
  expect(await farthestBehind(records, 1)).toEqual([west]);

  const metrics = createMetrics('replicator', { withProcess: false });
  const replication = createReplicationMetrics(metrics);
  replication.policiesBehind([west, east]);
  replication.policiesBehind([east]);
  const shown = (await metrics.text()).match(/^berth_replication_policy_lag_seconds\{.*$/gm);
  expect(shown).toEqual([expect.stringMatching(/policy="east".* 10$/)]);
  await dispose();
});
