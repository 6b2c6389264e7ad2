import { readFile } from 'node:fs/promises';
import type { CloudEvent } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { expect, test } from '@jest/globals';
import { apiOf } from './api.ts';
import { ADMIN_PASSWORD, basic, startFixture } from './fixture.ts';

test('No secret that was used stands in the database, in an event, in the audit log or in a list', async () => {
  const fixture = await startFixture();
  const api = apiOf(fixture);
  const heard: CloudEvent[] = [];
  await fixture.bus.consume('replicator', ['access.created', 'access.updated'], async (event) => {
    heard.push(event);
  });
  const password = 'the first password of ann';
  const second = 'the second password of ann';
  await api.post('/access/users', { username: 'ann', password });
  const session = (await api.post('/access/sessions', { username: 'ann', password })).body.token;
  const key = (await api.post('/access/keys', {}, { as: basic('ann', password) })).body;
  const robot = (await api.post('/access/robots', { registry: 'acme', name: 'ci', role: 'viewer' })).body;
  const offline = await fixture.get('/token?offline_token=true', basic('ann', password));
  const { refresh_token: refresh, token } = (await offline.json()) as Record<string, string>;
  const secrets = [ADMIN_PASSWORD, password, second, session, key.secret, robot.secret, refresh, token];
  for (const secret of secrets) expect(secret).toMatch(/.{20,}/);

  await api.patch(
    '/access/me',
    { currentPassword: password, password: second },
    { as: basic('ann', password) },
  );
  for (const [username, secret] of [
    ['ann', second],
    [key.id, key.secret],
    [robot.username, robot.secret],
    ['ann', key.secret],
    [key.secret, 'in the wrong field'],
  ] as const)
    await api.get('/access/me', { as: basic(username, secret) });

  const { facts } = fixture.service;
  await waitUntil(async () => {
    const { items } = await facts.auditLog.page({
      index: 'byAction',
      equals: { action: 'access.updated' },
      limit: 1,
    });
    return items.length === 1;
  });
  const lists = await Promise.all(
    [
      '/access/users',
      '/access/robots',
      '/access/grants',
      '/audit?limit=500',
      `/access/robots/${robot.id}`,
    ].map(async (path) => JSON.stringify((await api.get(path)).body)),
  );
  const keys = JSON.stringify((await api.get('/access/keys', { as: basic('ann', second) })).body);
  await waitUntil(() => heard.some(({ type }) => type === 'berth.access.updated'));
  expect(heard.length).toBeGreaterThanOrEqual(4);
  const events = JSON.stringify(heard);
  const files = await Promise.all(['', '-wal'].map((end) => readFile(fixture.databaseFile + end)));
  const database = Buffer.concat(files).toString('latin1');
  expect(database).toContain('$scrypt$ln=4');
  expect(database).toContain(key.id);
  for (const place of [...lists, keys, events, database])
    for (const secret of secrets) expect(place.includes(secret ?? '')).toBe(false);
  await fixture.stop();
});
