import { Readable } from 'node:stream';
import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, test } from '@jest/globals';
import { bodyOf } from './local-server.ts';
import { closeServed, serveClient } from './served-client.ts';

afterEach(closeServed);

describe('pushing in chunks', () => {
  const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));

  /** Takes what follows on; breaks the connection of the given requests after some of their bytes. */
  function serveUploads(breaksAt: number[], headers: Record<string, string> = {}) {
    let stored = Buffer.alloc(0);
    let patches = 0;
    const range = () => ({
      location: '/up?state=a%2Bb',
      range: `0-${Math.max(0, stored.length - 1)}`,
      ...headers,
    });
    const served = serveClient(async (request, response) => {
      if (request.method === 'POST') {
        return void response.writeHead(202, range()).end();
      }
      if (request.method === 'GET') {
        return void response.writeHead(204, range()).end();
      }
      if (request.method === 'PUT') {
        const isWhole = request.url === `/up?state=a%2Bb&digest=${encodeURIComponent(digestOf(stored))}`;
        return void response.writeHead(isWhole ? 201 : 400).end();
      }
      patches += 1;
      const body = await bodyOf(request);
      if (breaksAt.includes(patches)) {
        stored = Buffer.concat([stored, body.subarray(0, 37)]);
        return void response.destroy();
      }
      const start = Number(request.headers['content-range']?.split('-')[0]);
      if (start !== stored.length) {
        return void response.writeHead(416, range()).end();
      }
      stored = Buffer.concat([stored, body]);
      response.writeHead(202, range()).end();
    });
    return served;
  }

  test.each([
    { breaksAt: [], patches: ['0-299', '300-599', '600-899', '900-999'] },
    { breaksAt: [2, 3], patches: ['0-299', '300-599', '337-636', '374-673', '674-973', '974-999'] },
  ])('goes on where the registry stands when $breaksAt break off', async ({ breaksAt, patches }) => {
    const { client, server } = await serveUploads(breaksAt);
    const source = {
      sizeBytes: BYTES.length,
      open: (start: number, end: number) => Readable.from([BYTES.subarray(start, end)]),
    };
    await client.blobs.push('acme/web', digestOf(BYTES), source, { method: 'chunked', chunkBytes: 300 });
    const ranges = server.seen
      .filter(({ method }) => method === 'PATCH')
      .map(({ headers }) => headers['content-range']);
    expect(ranges).toEqual(patches);
  });

  test('chunks are as large as the registry wants them', async () => {
    const { client, server } = await serveUploads([], { 'oci-chunk-min-length': '600' });
    await client.blobs.push('acme/web', digestOf(BYTES), BYTES, { method: 'chunked', chunkBytes: 100 });
    expect(server.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
  });

  test('an upload that breaks off every time is given up', async () => {
    const { client } = await serveUploads(Array.from({ length: 50 }, (_, index) => index));
    const push = client.blobs.push('acme/web', digestOf(BYTES), BYTES, {
      method: 'chunked',
      chunkBytes: 300,
      maxResumes: 3,
    });
    await expect(push).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
