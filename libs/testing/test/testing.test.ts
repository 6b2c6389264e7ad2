import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  hasMongoStandIn,
  mongoKinds,
  removeTemporaryFolders,
  startMongoStandIn,
  startNats,
  temporaryFolder,
  toolsEnvironment,
  waitUntil,
} from '../index.ts';

async function greeting(port: number): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return data.toString();
}

describe('startNats', () => {
  test('gives a server with JetStream and 8 MiB messages that comes back on its port after kill, and leaves nothing', async () => {
    const nats = await startNats();
    const info = JSON.parse((await greeting(nats.port)).slice('INFO '.length));
    expect(info).toMatchObject({ jetstream: true, max_payload: 8 * 1024 * 1024, port: nats.port });
    await nats.kill();
    await expect(greeting(nats.port)).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(nats.storeDir)).toBe(true);
    await nats.restart();
    expect(await greeting(nats.port)).toMatch(/^INFO /);
    await nats.stop();
    await nats.stop();
    await expect(greeting(nats.port)).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(nats.storeDir)).toBe(false);
  });
});

(hasMongoStandIn() ? describe : describe.skip)('startMongoStandIn', () => {
  test('gives a server that comes back on its port, and leaves nothing', async () => {
    const mongo = await startMongoStandIn({ keepsData: true });
    expect(mongo.url).toBe(`mongodb://127.0.0.1:${mongo.port}/?directConnection=true`);
    const isListening = () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(mongo.port, '127.0.0.1');
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    expect(await isListening()).toBe(true);
    await mongo.halt();
    expect(await isListening()).toBe(false);
    await mongo.restart();
    expect(await isListening()).toBe(true);
    await mongo.stop();
    await mongo.stop();
    expect(await isListening()).toBe(false);
  });
});

test.each([
  [{ BERTH_TEST_REQUIRE_TOOLS: '1' }, ['the stand-in for MongoDB']],
  [
    { BERTH_TEST_REQUIRE_TOOLS: '1', BERTH_TEST_MONGODB_IMAGE: 'mongo:8' },
    ['the stand-in for MongoDB', 'MongoDB of mongo:8'],
  ],
  [{ BERTH_TEST_MONGODB_URL: 'mongodb://db' }, ['MongoDB as given']],
  [{ PATH: '/nowhere' }, []],
])('With %j the suites for MongoDB run on %j', (env, expected) => {
  expect(mongoKinds(env).map(({ name }) => name)).toEqual(expected);
});

test('A temporary folder is new, empty and gone when removed with what is in it', async () => {
  const [one, two] = await Promise.all([temporaryFolder(), temporaryFolder()]);
  expect(one).not.toBe(two);
  expect(await readdir(one)).toEqual([]);
  await writeFile(join(one, 'file'), 'x');
  await removeTemporaryFolders();
  expect([one, two].map((folder) => existsSync(folder))).toEqual([false, false]);
});

describe('waitUntil', () => {
  test('gives the value that came, after refusals and errors', async () => {
    const answers = [() => false, () => null, () => Promise.reject(new Error('not yet')), () => 0];
    expect(await waitUntil(() => answers.shift()?.())).toBe(0);
  });

  test('gives up with what it waited for and the last error', async () => {
    const cause = new Error('why');
    const waiting = waitUntil(() => Promise.reject(cause), { timeoutMs: 20, what: 'the ship' });
    await expect(waiting).rejects.toMatchObject({ message: 'the ship did not come within 20 ms', cause });
  });
});

test.each([
  [{ PATH: '/bin' }, '/bin:/usr/sbin'],
  [{ PATH: '/bin', BERTH_TOOLS_PATH: '/cache/bin' }, '/cache/bin:/bin:/usr/sbin'],
])('Programs are looked for in the tool cache first: %j', (environment, path) => {
  expect(toolsEnvironment(environment).PATH).toBe(path);
});
