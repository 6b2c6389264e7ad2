import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiOf } from './api.ts';
import { type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
const ids: Record<string, string> = {};

beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
  for (const username of ['dev', 'opsy', 'boss', 'gone', 'none', 'all']) await api.user(username);
  await api.patch('/access/users/opsy', { groups: ['ops'] });
  await api.patch('/access/users/gone', { disabled: true });
  ids.dev = await api.grant('user:dev', 'acme', 'developer');
  ids.ops = await api.grant('group:ops', 'acme', 'maintainer');
  ids.boss = await api.grant('user:boss', 'acme', 'maintainer');
  ids.all = await api.grant('user:all', '*', 'viewer');
  await api.robot('acme', 'up', 'uploader');
  await api.robot('open', 'other', 'viewer');
  const as = { Authorization: `Basic ${Buffer.from('dev:dev password').toString('base64')}` };
  ids.key = (await api.key(as)).id;
  ids.off = (await api.key(as)).id;
  await api.patch(`/access/keys/${ids.off}`, { enabled: false }, { as });
});
afterAll(() => fixture.stop());

const explain = (subject: string, registry: string, action: string, as?: Record<string, string>) =>
  api.get(
    `/access/explain?${new URLSearchParams({ subject, registry, action, image: 'web' })}`,
    as === undefined ? {} : { as },
  );

test.each<[string, () => string, string, string, boolean, () => string[]]>([
  [
    'a user by a grant',
    () => 'user:dev',
    'acme',
    'push',
    true,
    () => [`user dev holds developer in acme by grant ${ids.dev}`],
  ],
  [
    'not beyond it',
    () => 'user:dev',
    'acme',
    'delete',
    false,
    () => [
      'user dev may not delete acme/web: that needs maintainer or more',
      `user dev holds developer in acme by grant ${ids.dev}`,
    ],
  ],
  [
    'by a group',
    () => 'user:opsy',
    'acme',
    'delete',
    true,
    () => [`group ops holds maintainer in acme by grant ${ids.ops}`],
  ],
  [
    'the group itself',
    () => 'group:ops',
    'acme',
    'maintainer',
    true,
    () => [`group ops holds maintainer in acme by grant ${ids.ops}`],
  ],
  [
    'by a grant for all',
    () => 'user:all',
    'acme',
    'pull',
    true,
    () => [`user all holds viewer in all registries by grant ${ids.all}`],
  ],
  [
    'for all of them',
    () => 'user:all',
    '*',
    'viewer',
    true,
    () => [`user all holds viewer in all registries by grant ${ids.all}`],
  ],
  [
    'not for all by a grant for one',
    () => 'user:dev',
    '*',
    'viewer',
    false,
    () => ['user dev is not viewer of all registries'],
  ],
  ['an administrator', () => 'user:admin', 'acme', 'delete', true, () => ['user admin is an administrator']],
  ['who is disabled', () => 'user:gone', 'open', 'pull', false, () => ['user gone is disabled']],
  [
    'who holds nothing',
    () => 'user:none',
    'acme',
    'pull',
    false,
    () => ['user none may not pull acme/web: that needs viewer or more'],
  ],
  [
    'what is public',
    () => 'user:none',
    'open',
    'pull',
    true,
    () => ['registry open is public: everybody may pull, and who is signed in may list'],
  ],
  [
    'listing what is public',
    () => 'user:none',
    'open',
    'viewer',
    true,
    () => ['registry open is public: everybody may pull, and who is signed in may list'],
  ],
  ['anybody', () => 'anonymous', 'open', 'pull', true, () => ['registry open is public: everybody may pull']],
  [
    'anybody may not list',
    () => 'anonymous',
    'open',
    'viewer',
    false,
    () => ['anonymous is not viewer of open', 'registry open is public: everybody may pull'],
  ],
  [
    'nobody in particular',
    () => 'anonymous',
    'acme',
    'pull',
    false,
    () => ['anonymous may not pull acme/web: that needs viewer or more'],
  ],
  [
    'a robot',
    () => 'robot:acme+up',
    'acme',
    'push',
    true,
    () => ['robot acme+up is uploader of acme itself'],
  ],
  [
    'a robot that uploads',
    () => 'robot:acme+up',
    'acme',
    'pull',
    false,
    () => [
      'robot acme+up may not pull acme/web: that needs viewer or more',
      'robot acme+up is uploader of acme itself',
    ],
  ],
  [
    'a key',
    () => `key:${ids.key}`,
    'acme',
    'developer',
    true,
    () => [`access key ${ids.key} of user dev holds developer in acme by grant ${ids.dev}`],
  ],
  [
    'a disabled key',
    () => `key:${ids.off}`,
    'acme',
    'pull',
    false,
    () => [`access key ${ids.off} of user dev is disabled`],
  ],
])('%s', async (_name, subject, registry, action, allowed, because) => {
  const answer = await explain(subject(), registry, action);
  expect(answer).toMatchObject({ status: 200, body: { allowed, because: because() } });
});

test('Maintainers ask about their registry; robots of others they do not know', async () => {
  const boss = { Authorization: `Basic ${Buffer.from('boss:boss password').toString('base64')}` };
  expect((await explain('user:dev', 'acme', 'pull', boss)).status).toBe(200);
  expect((await explain('user:dev', 'open', 'pull', boss)).status).toBe(403);
  expect((await explain('user:dev', '*', 'pull', boss)).status).toBe(403);
  const hidden = await explain('robot:open+other', 'acme', 'pull', boss);
  const missing = await explain('robot:open+missing', 'acme', 'pull', boss);
  expect(hidden.body.code).toBe('SUBJECT_NOT_FOUND');
  expect(hidden.body.detail.replace('other', 'missing')).toBe(missing.body.detail);
  expect((await explain('robot:open+other', 'acme', 'pull')).body.allowed).toBe(false);
});

test.each([
  ['user:nobody', 'pull', 404, 'SUBJECT_NOT_FOUND'],
  ['key:bk-nothing', 'pull', 404, 'SUBJECT_NOT_FOUND'],
  ['somebody', 'pull', 404, 'SUBJECT_NOT_FOUND'],
  ['user:dev', 'fly', 400, 'REQUEST_INVALID'],
])('%s, %s: %i %s', async (subject, action, status, code) => {
  expect((await explain(subject, 'acme', action)).body).toMatchObject({ status, code });
});

test('A question that lacks something, or has too much, is 400', async () => {
  for (const query of [
    'subject=user:dev&registry=acme',
    'registry=acme&action=pull',
    'subject=user:dev&registry=acme&action=pull&x=1',
  ])
    expect((await api.get(`/access/explain?${query}`)).body).toMatchObject({
      status: 400,
      code: 'QUERY_INVALID',
    });
});
