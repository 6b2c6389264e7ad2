import { randomBytes } from 'node:crypto';
import { createSecretBox } from '@berth/access';
import { openTemporaryStore } from '@berth/document-store/testing';
import { expect, test } from '@jest/globals';
import { createEndpoint, deleteEndpoint, updateEndpoint } from '../endpoints/save-endpoint.ts';
import { createPolicy, updatePolicy } from '../policies/save-policy.ts';
import { openCopy } from './fixture.ts';

const origin = {
  actor: { id: 'u-ann', kind: 'user', name: 'ann' },
  via: 'api',
  address: '192.0.2.7',
} as const;

test('each change of an endpoint or a policy is told once, with what changed and never with a value', async () => {
  const { store, dispose } = await openTemporaryStore();
  const { records } = openCopy(store);
  const parts = { records, box: createSecretBox(randomBytes(32)), outbound: { checkTarget: async () => {} } };
  const settings = { name: 'west', url: 'https://west.example.com', username: 'copier', secret: 'hush hush' };
  const endpoint = await createEndpoint(parts, settings, origin);
  const { secret: _, ...plain } = { ...settings, skipTlsVerify: false };
  const update = { settings: plain, secret: { text: 'a new one' }, origin };
  const changed = await updateEndpoint(parts, endpoint, update);

  const registry = { id: 'r-acme', name: 'acme' };
  const wished = { name: 'copies', direction: 'push', endpoint: endpoint.id } as const;
  const policy = await createPolicy(records, { registry, settings: wished, origin, isAdmin: false });
  const { images, enabled, trigger, overwrite, deletes } = policy;
  const same = { name: 'copies', endpoint: endpoint.id, images, enabled, trigger, overwrite, deletes };
  const next = { ...same, tags: { match: ['v*'] } };
  const moved = await updatePolicy(records, policy, { settings: next, origin, isAdmin: false });
  expect(await updatePolicy(records, moved, { settings: next, origin, isAdmin: false })).toEqual(moved);
  await records.policies.remove(moved);
  await deleteEndpoint(records, changed, origin);

  const payloads = (await store.outbox.unsent(10)).map(({ payload }) => payload);
  expect(payloads.join('\n')).not.toMatch(/hush|a new one|v\*/);
  const told = payloads.map((payload) => {
    const { type, data } = JSON.parse(payload);
    expect(data).toMatchObject(origin);
    return [type.slice('berth.replication.'.length), data.object.kind, data.registry, data.changes];
  });
  expect(told).toEqual([
    ['created', 'replicationEndpoint', undefined, undefined],
    ['updated', 'replicationEndpoint', undefined, ['secret']],
    ['created', 'replicationPolicy', 'acme', undefined],
    ['updated', 'replicationPolicy', 'acme', ['tags']],
    ['deleted', 'replicationEndpoint', undefined, undefined],
  ]);
  await dispose();
});
