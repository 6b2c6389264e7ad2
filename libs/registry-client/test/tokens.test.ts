import { Readable } from 'node:stream';
import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, test } from '@jest/globals';
import { sendJson } from './local-server.ts';
import { ASKED, BASIC, CREDENTIALS, closeOpened, open, serve, serveTokenRegistry } from './token-registry.ts';

afterEach(closeOpened);

const DIGEST = digestOf(Buffer.from('x'));

describe('tokens', () => {
  test('a token is asked for with service, scope and credentials, once for many requests of that scope', async () => {
    const { registry, tokenRequests } = await serveTokenRegistry();
    const client = open({ url: registry.origin, credentials: CREDENTIALS });
    await client.blobs.head('acme/web', DIGEST);
    await Promise.all(Array.from({ length: 5 }, () => client.blobs.head('acme/web', DIGEST)));
    expect(tokenRequests()).toMatchObject([
      { path: '/token?service=reg&scope=repository%3Aacme%2Fweb%3Apull', headers: { authorization: BASIC } },
    ]);
    expect(registry.seen.filter(({ path }) => path.startsWith('/v2/'))).toHaveLength(1 + 1 + 5);
  });

  test('requests at once that need the same token share its request', async () => {
    const { registry, tokenRequests } = await serveTokenRegistry();
    const client = open({ url: registry.origin });
    await Promise.all(Array.from({ length: 8 }, () => client.blobs.head('acme/web', DIGEST)));
    expect(tokenRequests()).toHaveLength(1);
  });

  test('an own source of tokens is asked in place of the realm, once for each set of scopes, and again after a 401', async () => {
    const { registry, tokenRequests } = await serveTokenRegistry();
    const issued: (readonly string[])[] = [];
    const client = open({
      url: registry.origin,
      headers: { 'x-label': 'copy' },
      async issueToken(scopes) {
        issued.push(scopes);
        // The registry refuses number 0.
        const token = Buffer.from(`own#${issued.length - 1}`).toString('base64url');
        return { token, expiresInSeconds: 300 };
      },
    });
    await client.blobs.head('acme/web', DIGEST);
    await client.blobs.head('acme/web', DIGEST);
    const scopes = ['repository:acme/web:pull'];
    expect(issued).toEqual([scopes, scopes]);
    expect(registry.seen.map(({ headers }) => headers['x-label'])).toEqual(['copy', 'copy', 'copy']);
    expect(tokenRequests()).toEqual([]);
  });

  test('a mount asks for both scopes; other scopes have tokens of their own', async () => {
    const { registry, tokenRequests } = await serveTokenRegistry();
    const client = open({ url: registry.origin, credentials: CREDENTIALS });
    await client.blobs.mount('acme/web', DIGEST, 'acme/base');
    await client.manifests.head('acme/web', 'latest', { isPush: true });
    expect(
      tokenRequests().map(({ path }) => new URLSearchParams(path.split('?')[1]).getAll('scope')),
    ).toEqual([
      ['repository:acme/web:pull,push', 'repository:acme/base:pull'],
      ['repository:acme/web:pull,push'],
    ]);
  });

  test.each([
    { expiresIn: 100, afterMs: 89_000, requests: 1 },
    { expiresIn: 100, afterMs: 91_000, requests: 2 },
    { expiresIn: undefined, afterMs: 53_000, requests: 1 },
    { expiresIn: undefined, afterMs: 55_000, requests: 2 },
  ])(
    'a token of $expiresIn s is renewed a little early: after $afterMs ms $requests were asked for',
    async (row) => {
      let now = 1_000_000;
      const { registry, tokenRequests } = await serveTokenRegistry({
        ...(row.expiresIn === undefined ? {} : { expiresIn: row.expiresIn }),
      });
      const client = open({ url: registry.origin, clock: () => now });
      await client.blobs.head('acme/web', DIGEST);
      now += row.afterMs;
      await client.blobs.head('acme/web', DIGEST);
      expect(tokenRequests()).toHaveLength(row.requests);
    },
  );

  test('a token that is refused before its time is replaced, once', async () => {
    const { registry, tokenRequests, revokeAll } = await serveTokenRegistry({ expiresIn: 3600 });
    const client = open({ url: registry.origin, credentials: CREDENTIALS });
    await client.blobs.head('acme/web', DIGEST);
    revokeAll();
    await client.blobs.head('acme/web', DIGEST);
    expect(tokenRequests()).toHaveLength(2);
  });

  test('a registry that refuses every token is asked twice, not for ever', async () => {
    const server = await serve((request, response, url) => {
      if (url.pathname === '/token') {
        return sendJson(response, 200, { access_token: `t${Math.random()}` });
      }
      const challenge = `Bearer realm="http://${request.headers.host}/token",error="insufficient_scope"`;
      return sendJson(response, 401, { errors: [ASKED] }, { 'www-authenticate': challenge });
    });
    const client = open({ url: server.origin });
    await expect(client.manifests.get('acme/web', 'latest')).rejects.toMatchObject({
      code: 'REFUSED',
      status: 401,
      errors: [ASKED],
      message: expect.stringContaining('authentication required'),
    });
    expect(server.seen.filter(({ path }) => path.startsWith('/v2/'))).toHaveLength(2);
  });

  test('a stream is sent only when the registry has said how it wants to be asked', async () => {
    const { registry } = await serveTokenRegistry();
    const client = open({ url: registry.origin, credentials: CREDENTIALS });
    let opens = 0;
    const upload = {
      repository: 'acme/web',
      location: '/v2/acme/web/blobs/uploads/1',
      offsetBytes: 0,
      minChunkBytes: 0,
    };
    await client.uploads.patch(upload, () => {
      opens += 1;
      return Readable.from([Buffer.from('bytes')]);
    });
    expect(opens).toBe(1);
  });
});
