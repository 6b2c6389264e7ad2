import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, test } from '@jest/globals';
import { allOf } from './all-of.ts';
import { sendJson } from './local-server.ts';
import { closeServed, serveClient } from './served-client.ts';

afterEach(closeServed);

const CONTENT = Buffer.from('content of a blob');
const DIGEST = digestOf(CONTENT);

describe('what comes back', () => {
  test('an error carries status, OCI codes and messages', async () => {
    const { client } = await serveClient((_request, response) =>
      sendJson(response, 404, {
        errors: [{ code: 'NAME_UNKNOWN', message: 'no such', detail: { name: 'x' } }],
      }),
    );
    await expect(client.manifests.get('acme/web', 'latest')).rejects.toMatchObject({
      name: 'RegistryClientError',
      code: 'REFUSED',
      status: 404,
      errors: [{ code: 'NAME_UNKNOWN', message: 'no such', detail: { name: 'x' } }],
      message: expect.stringMatching(
        /GET .*\/v2\/acme\/web\/manifests\/latest answered 404 NAME_UNKNOWN: no such/,
      ),
    });
    expect(await client.manifests.head('acme/web', 'latest')).toBeNull();
    expect(await client.blobs.head('acme/web', DIGEST)).toBeNull();
  });

  test.each([
    '<html>nginx</html>',
    '',
    'null',
    '{"errors":"x"}',
    '{"errors":[null,{"code":1}]}',
    'x'.repeat(200_000),
  ])('an error without an envelope is an error all the same', async (body) => {
    const { client } = await serveClient((_request, response) => void response.writeHead(403).end(body));
    await expect(client.ping()).rejects.toMatchObject({ code: 'REFUSED', status: 403, errors: [] });
  });

  test('questions share connections, HEADs too', async () => {
    const ports = new Set<number | undefined>();
    const { client } = await serveClient((request, response) => {
      ports.add(request.socket.remotePort);
      response
        .writeHead(request.url?.endsWith('/latest') ? 200 : 404, { 'docker-content-digest': DIGEST })
        .end();
    });
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await client.manifests.head('acme/web', 'latest')).toMatchObject({ digest: DIGEST });
      expect(await client.blobs.head('acme/web', DIGEST)).toBeNull();
    }
    expect(ports.size).toBeLessThan(3);
  });

  test('other bytes than those of the digest are an error at the end of the stream', async () => {
    const { client } = await serveClient((_request, response) => void response.end('something else'));
    const { stream } = await client.blobs.get('acme/web', DIGEST);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(client.manifests.get('acme/web', DIGEST)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  test('a manifest by tag is held against the digest that the registry names', async () => {
    const { client } = await serveClient(
      (_request, response) => void response.writeHead(200, { 'docker-content-digest': DIGEST }).end('other'),
    );
    await expect(client.manifests.get('acme/web', 'latest')).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  test('what was sent on from another registry, and is not what it should be, is told of that one', async () => {
    const { client: source, server } = await serveClient((_request, response) => void response.end('other'));
    const { client: destination } = await serveClient(async (request, response) => {
      await request.toArray();
      response.writeHead(202, { location: '/up' }).end();
    });
    const open = async () => (await source.blobs.get('acme/web', DIGEST)).stream;
    for (const method of ['patch', 'chunked'] as const)
      await expect(
        destination.blobs.push('acme/web', DIGEST, { sizeBytes: 5, open }, { method }),
      ).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
        message: expect.stringContaining(`GET ${server.origin}/v2/acme/web/blobs/${DIGEST} came with`),
      });
  });

  test('a manifest, or a list, that breaks off is unreachable, and names what was asked', async () => {
    const { client, server } = await serveClient((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    await expect(client.manifests.get('acme/web', '1.0')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(
        `GET ${server.origin}/v2/acme/web/manifests/1.0: the answer broke off`,
      ),
    });
    await expect(allOf(client.lists.tags('acme/web'))).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`GET ${server.origin}/v2/acme/web/tags/list: the answer broke off`),
    });
  });

  test('a blob that breaks off is an error of the stream', async () => {
    const { client } = await serveClient((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    const { stream } = await client.blobs.get('acme/web', DIGEST);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('a part of a blob is what the registry sent', async () => {
    const { client, server } = await serveClient((request, response) => {
      if (request.headers.range === undefined) {
        return void response.end(CONTENT);
      }
      response.writeHead(206, { 'content-range': `bytes 2-5/${CONTENT.length}` }).end(CONTENT.subarray(2, 6));
    });
    const part = await client.blobs.get('acme/web', DIGEST, { range: { start: 2, end: 5 } });
    expect(part.isPartial).toBe(true);
    expect(Buffer.concat(await part.stream.toArray())).toEqual(CONTENT.subarray(2, 6));
    await client.blobs
      .get('acme/web', DIGEST, { range: { start: 2 } })
      .then(({ stream }) => stream.destroy());
    expect(server.seen.map(({ headers }) => headers.range)).toEqual(['bytes=2-5', 'bytes=2-']);
  });

  test('an endless manifest is cut off', async () => {
    const { client } = await serveClient((_request, response) => {
      const megabyte = Buffer.alloc(1024 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(megabyte)) {}
      };
      response.on('drain', more);
      more();
    });
    await expect(client.manifests.get('acme/web', 'latest')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('a read that is given up ends with the reason of who gave it up', async () => {
    const abort = new AbortController();
    const { client } = await serveClient(() => abort.abort(new Error('enough')));
    await expect(client.blobs.get('acme/web', DIGEST, { signal: abort.signal })).rejects.toThrow('enough');
  });

  test.each(['', '..', 'acme/../x', 'Acme/web', 'acme/web?x=1', '/acme', 'acme//web', 'a\r\nb'])(
    '%j is asked for nowhere',
    async (repository) => {
      const { client, server } = await serveClient((_request, response) => void response.end());
      const refused = { code: 'NAME_INVALID' };
      await expect(client.manifests.get(repository, 'latest')).rejects.toMatchObject(refused);
      await expect(client.blobs.head(repository, DIGEST)).rejects.toMatchObject(refused);
      await expect(client.uploads.start(repository)).rejects.toMatchObject(refused);
      await expect(client.manifests.get('acme/web', `x/../../${repository}`)).rejects.toMatchObject(refused);
      expect(server.seen).toEqual([]);
    },
  );
});
