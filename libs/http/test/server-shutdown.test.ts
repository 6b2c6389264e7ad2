import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { readBody, sendJson } from '../index.ts';
import { sampleRoute, startSample } from './sample-server.ts';

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

describe('a server that stops', () => {
  test('is not ready, takes no new connections, and ends what is under way', async () => {
    const release = Promise.withResolvers<void>();
    const inside = Promise.withResolvers<void>();
    const stopping = await startSample([
      sampleRoute('/slow', async ({ response }) => {
        inside.resolve();
        await release.promise;
        sendJson(response, 200, {});
      }),
    ]);
    const asked = Promise.withResolvers<void>();
    stopping.life.onShutdown('what closes before the server', () => asked.promise);
    const slow = fetch(`${stopping.url}/slow`);
    await inside.promise;
    const ended = stopping.life.shutdown('test');
    expect((await fetch(`${stopping.url}/readyz`)).status).toBe(503);
    asked.resolve();
    while (await isListening(stopping.port)) await pause(10);
    release.resolve();
    const answer = await slow;
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await ended).toBe(true);
  });

  test('serves once more on a connection whose answer had begun before and ends late', async () => {
    const [inside, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stopping = await startSample([
      sampleRoute('/long', async ({ response }) => {
        response.writeHead(200, { 'Content-Length': 2 }).write('a');
        inside.resolve();
        await release.promise;
        response.end('b');
      }),
      sampleRoute('/next', async ({ response }) => sendJson(response, 200, {})),
    ]);
    const client = connect(stopping.port, '127.0.0.1');
    let answers = '';
    client.on('data', (data) => {
      answers += data;
    });
    client.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
    await inside.promise;
    const ended = stopping.life.shutdown('test');
    while (await isListening(stopping.port)) await pause(10);
    release.resolve();
    await pause(120);
    client.write('GET /next HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => client.once('close', resolve));
    expect(answers.split('\r\n\r\nab')[1]).toMatch(/^HTTP\/1.1 200 OK.*Connection: close/s);
    expect(await ended).toBe(true);
  });

  test('does not wait for a connection on which nothing was asked', async () => {
    const stopping = await startSample([], { drainMs: 60_000 });
    const silent = connect(stopping.port, '127.0.0.1');
    const closed = new Promise((resolve) => silent.once('close', resolve));
    await new Promise<void>((resolve) => silent.once('connect', resolve));
    expect(await stopping.life.shutdown('test')).toBe(true);
    await closed;
  });

  test('sends a long answer whole to a client that takes it late', async () => {
    const sizeBytes = 12 * 1_024 * 1_024;
    const asked = Promise.withResolvers<void>();
    const stopping = await startSample([
      sampleRoute('/long', async ({ response }) => {
        response.end(Buffer.alloc(sizeBytes));
        asked.resolve();
      }),
    ]);
    const client = connect(stopping.port, '127.0.0.1').pause();
    client.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked.promise;
    const ended = stopping.life.shutdown('test');
    await pause(600);
    let receivedBytes = 0;
    client.on('data', (data) => {
      receivedBytes += data.length;
    });
    client.resume();
    await new Promise((resolve) => client.once('close', resolve));
    expect(receivedBytes).toBeGreaterThan(sizeBytes);
    expect(await ended).toBe(true);
  });

  test('lets a request that it cut finish before anything else is closed', async () => {
    const inside = Promise.withResolvers<void>();
    let isDone = false;
    const route = sampleRoute(
      '/upload',
      async ({ request }) => {
        inside.resolve();
        await readBody(request, { maxBytes: 100 }).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 50));
        isDone = true;
      },
      { method: 'PUT' },
    );
    const stopping = await startSample([route], { drainMs: 1_000 });
    const cut = stopping.raw('PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234');
    await inside.promise;
    expect(await stopping.life.shutdown('test')).toBe(true);
    expect(isDone).toBe(true);
    await cut;
  });

  test('cuts what does not end in time', async () => {
    const inside = Promise.withResolvers<void>();
    const stuck = () => {
      inside.resolve();
      return new Promise<void>(() => {});
    };
    const stopping = await startSample([sampleRoute('/stuck', stuck)], { drainMs: 10 });
    const answer = fetch(`${stopping.url}/stuck`);
    await inside.promise;
    const ended = stopping.life.shutdown('test');
    await expect(answer).rejects.toThrow();
    expect(await ended).toBe(true);
  });
});
