import { afterEach, describe, expect, test } from '@jest/globals';
import { bodyOf } from './local-server.ts';
import { closeServed, serveClient } from './served-client.ts';

afterEach(closeServed);

const CONTENT = Buffer.from('content of a blob');

describe('trying again', () => {
  test.each([429, 500, 502, 503, 504])(
    'a read that is answered %i is tried again with growing pauses',
    async (status) => {
      let tries = 0;
      const { client, pauses } = await serveClient((_request, response) => {
        tries += 1;
        response.writeHead(tries < 4 ? status : 200).end();
      });
      await client.ping();
      expect(pauses).toEqual([200, 400, 800]);
    },
  );

  test('a connection that breaks is tried again, and the last failure told', async () => {
    let tries = 0;
    const { client } = await serveClient((request) => {
      tries += 1;
      request.socket.destroy();
    });
    await expect(client.ping()).rejects.toMatchObject({ code: 'UNREACHABLE', status: null });
    expect(tries).toBe(4);
  });

  test('Retry-After is kept to, and left to the caller when it is too long', async () => {
    let retryAfter = '7';
    const { client, pauses } = await serveClient((_request, response) => {
      response.writeHead(retryAfter === '' ? 200 : 429, { 'retry-after': retryAfter }).end();
      retryAfter = retryAfter === '7' ? '' : retryAfter;
    });
    await client.ping();
    expect(pauses).toEqual([7000]);
    retryAfter = '3600';
    await expect(client.ping()).rejects.toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
    expect(pauses).toEqual([7000]);
  });

  test.each([
    { status: 503, tries: 1 },
    { status: 500, tries: 1 },
    { status: 429, tries: 4 },
  ])('a write that is answered $status is sent $tries times', async ({ status, tries }) => {
    const { client, server } = await serveClient(async (request, response) => {
      await bodyOf(request);
      response.writeHead(status).end();
    });
    const put = client.manifests.put('acme/web', 'latest', { bytes: CONTENT, mediaType: 'text/plain' });
    await expect(put).rejects.toMatchObject({ status });
    expect(server.seen).toHaveLength(tries);
  });

  test('a write whose connection breaks is not sent again', async () => {
    const { client, server } = await serveClient((request) => void request.socket.destroy());
    await expect(client.uploads.start('acme/web')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(server.seen).toHaveLength(1);
  });

  test('a token server that is away is tried again by itself, not once more by each request', async () => {
    let tokenTries = 0;
    const { client } = await serveClient((request, response, url) => {
      if (url.pathname === '/token') {
        tokenTries += 1;
        return void response.writeHead(503).end();
      }
      const challenge = `Bearer realm="http://${request.headers.host}/token"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    await expect(client.ping()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 503 });
    expect(tokenTries).toBe(4);
  });
});
