import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationId } from '@berth/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startReceiver } from '../events/receiver.ts';
import { pause } from '../support/pause.ts';
import { callManagement, type ManagementRequest } from './management-client.ts';
import { startWorld, type World } from './world.ts';

/** Answers that show a secret this once. */
const SHOWN_ONCE: readonly OperationId[] = ['openSession', 'createKey', 'createRobot'];

let world: World;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const secrets = new Map<string, string>();
/** Everything that was answered, but for what shows a secret this once. */
const answers: string[] = [];

async function call(operation: OperationId, request: ManagementRequest = {}, authorization?: string) {
  const header = authorization ?? world.basic('admin');
  const answer = await callManagement(world.product.origin, operation, request, header);
  if (!SHOWN_ONCE.includes(operation) || answer.status !== 201)
    answers.push(`${operation} ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

beforeAll(async () => {
  world = await startWorld();
  receiver = await startReceiver(() => false);
  await useSecrets();
  await failWithSecrets();
  await readEverything();
  // What is folded or sent later is on disk by now.
  await pause(6_000);
});

afterAll(async () => {
  await world?.stop();
  await receiver?.close();
});

/** Makes and uses one of every kind. */
async function useSecrets(): Promise<void> {
  secrets.set('the password of the admin', world.product.password);
  secrets.set('the password of a user', 'a-password-that-nobody-else-has');
  await call('createUser', {
    body: { username: 'sue', password: secrets.get('the password of a user') },
  });
  const sue = { username: 'sue', password: secrets.get('the password of a user') ?? '' };
  const session = await call('openSession', { body: sue });
  secrets.set('a session', session.body.token);
  await call('getMe', {}, `Bearer ${session.body.token}`);
  const key = await call('createKey', { body: { description: 'laptop' } }, `Bearer ${session.body.token}`);
  secrets.set('the secret of a key', key.body.secret);
  const robot = await call('createRobot', { body: { registry: 'own', name: 'deploy', role: 'viewer' } });
  secrets.set('the secret of a robot', robot.body.secret);
  const basicOf = (name: string, secret: string) =>
    `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  await call('getMe', {}, basicOf(key.body.id, key.body.secret));
  const token = await fetch(`${world.product.origin}/token?service=berth&offline_token=true&account=sue`, {
    headers: { authorization: basicOf(sue.username, sue.password) },
  });
  const tokens = (await token.json()) as { token: string; refresh_token: string };
  secrets.set('a registry token', tokens.token);
  secrets.set('a refresh token', tokens.refresh_token);
  await fetch(`${world.product.origin}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      service: 'berth',
    }),
  });
  secrets.set('the secret of a webhook', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  secrets.set('the authorization of a webhook', 'Bearer a-receiver-believes-this');
  const hook = await call('createWebhook', {
    body: {
      registry: 'own',
      name: 'secretive',
      url: receiver.url,
      events: ['artifact.pushed'],
      secret: secrets.get('the secret of a webhook'),
      authorization: secrets.get('the authorization of a webhook'),
    },
  });
  const delivery = await call('testWebhook', { params: { id: hook.body.id } });
  await call('getDelivery', { params: { id: hook.body.id, deliveryId: delivery.body.id } });
}

/** Requests that are refused while they carry secrets. */
async function failWithSecrets(): Promise<void> {
  const password = secrets.get('the password of a user') ?? '';
  const session = `Bearer ${secrets.get('a session')}`;
  await call('openSession', { body: { username: 'nobody', password } });
  await call('createUser', { body: { username: 'sue', password } });
  await call('createUser', { body: { username: 'SUE', password, secret: password } });
  await call('updateMe', { body: { currentPassword: 'wrong', password, token: password } }, session);
  await call('createWebhook', {
    body: {
      registry: 'own',
      name: 'x',
      url: 'nonsense',
      events: [],
      secret: secrets.get('the secret of a webhook'),
    },
  });
  await call('getMe', {}, `Bearer ${secrets.get('a session')}x`);
  await call('getMe', {}, `Basic ${Buffer.from(`sue:${password}x`).toString('base64')}`);
}

async function readEverything(): Promise<void> {
  for (const operation of [
    'listUsers',
    'listKeys',
    'listRobots',
    'listGrants',
    'listWebhooks',
    'listAudit',
  ] as const)
    await call(operation, { query: { limit: '500' } });
  await call('listKeys', {}, `Bearer ${secrets.get('a session')}`);
  await call('getUser', { params: { username: 'sue' } });
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

test('every kind of secret was used', () => {
  expect([...secrets.values()].filter((secret) => typeof secret !== 'string' || secret.length < 16)).toEqual(
    [],
  );
  expect(secrets.size).toBe(9);
  expect(receiver.accepted.length).toBeGreaterThan(0);
});

test('no file of the data folder holds one: no log, no database, no event', async () => {
  const { dataFolder } = world.product.berth;
  const found: string[] = [];
  for await (const file of filesBelow(dataFolder)) {
    // Where the first password is for people.
    if (file === join(dataFolder, 'admin-password')) continue;
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    for (const [name, secret] of secrets) if (bytes.includes(secret)) found.push(`${name} in ${file}`);
  }
  expect(found).toEqual([]);
});

test('no answer holds one that it does not show this once, and no line of the terminal', () => {
  const texts = [...answers, world.product.berth.output()];
  const found = [...secrets].flatMap(([name, secret]) =>
    texts.filter((text) => text.includes(secret)).map((text) => `${name} in ${text.slice(0, 200)}`),
  );
  expect(answers.length).toBeGreaterThan(15);
  expect(found).toEqual([]);
});
