import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { removeTemporaryFolders, startNats, temporaryFolder, toolsEnvironment, waitUntil } from '../index.ts';

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
