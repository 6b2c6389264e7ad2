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

  test('goes on with an upload that was begun before, and tells where it goes on', async () => {
    const { client, server } = await serveUploads([2, 3, 4]);
    const locations: string[] = [];
    const options = {
      method: 'chunked',
      chunkBytes: 300,
      onUpload: (at: string) => locations.push(at),
    } as const;
    const broken = client.blobs.push('acme/web', digestOf(BYTES), BYTES, { ...options, maxResumes: 2 });
    await expect(broken).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const begun = locations.at(-1) ?? '';
    const before = server.seen.length;
    await expect(client.blobs.push('acme/web', digestOf(BYTES), BYTES, { ...options, begun })).resolves.toBe(
      true,
    );
    const asked = server.seen.slice(before).map(({ method, headers }) => [method, headers['content-range']]);
    expect(asked).toEqual([
      ['GET', undefined],
      ['PATCH', '411-710'],
      ['PATCH', '711-999'],
      ['PUT', undefined],
    ]);
  });

  test.each([400, 404, 416])(
    'begins anew where the registry answers %i about what it had',
    async (status) => {
      const { client, server } = await serveClient(async (request, response) => {
        if (request.method === 'GET') return void response.writeHead(status).end();
        if (request.method === 'POST') return void response.writeHead(202, { location: '/new' }).end();
        await bodyOf(request);
        response.writeHead(request.method === 'PUT' ? 201 : 202, { location: '/new' }).end();
      });
      const options = { method: 'chunked', chunkBytes: 600, begun: '/old' } as const;
      await client.blobs.push('acme/web', digestOf(BYTES), BYTES, options);
      expect(server.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
        'GET /old',
        'POST /v2/acme/web/blobs/uploads/',
        'PATCH /new',
        'PATCH /new',
        'PUT /new',
      ]);
    },
  );
});

describe('pushing with a mount', () => {
  const BYTES = Buffer.from('a layer that is somewhere');
  const digest = digestOf(BYTES);
  const asked = `/v2/acme/web/blobs/uploads/?mount=${encodeURIComponent(digest)}`;

  test.each([
    { mount: true, path: asked },
    { mount: 'acme/base', path: `${asked}&from=acme%2Fbase` },
  ])('a blob that is mounted is not sent: $mount', async ({ mount, path }) => {
    const { client, server } = await serveClient((_, response) => void response.writeHead(201).end());
    await expect(client.blobs.push('acme/web', digest, BYTES, { method: 'patch', mount })).resolves.toBe(
      false,
    );
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([`POST ${path}`]);
  });

  test('one that cannot be mounted goes by the upload that was begun with it', async () => {
    const { client, server } = await serveClient(async (request, response) => {
      await bodyOf(request);
      response.writeHead(request.method === 'PUT' ? 201 : 202, { location: '/up' }).end();
    });
    await expect(
      client.blobs.push('acme/web', digest, BYTES, { method: 'patch', mount: true }),
    ).resolves.toBe(true);
    expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PUT']);
  });

  test.each([400, 401, 405])(
    'a registry that answers a mount with %i is asked for an upload',
    async (status) => {
      const { client } = await serveClient(async (request, response, url) => {
        await bodyOf(request);
        if (url.searchParams.has('mount')) return void response.writeHead(status).end();
        response.writeHead(request.method === 'PUT' ? 201 : 202, { location: '/up' }).end();
      });
      await expect(
        client.blobs.push('acme/web', digest, BYTES, { method: 'patch', mount: true }),
      ).resolves.toBe(true);
    },
  );
});
