import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, test } from '@jest/globals';
import { sendJson } from './local-server.ts';
import { BASIC, CREDENTIALS, closeOpened, open, serve, serveTokenRegistry } from './token-registry.ts';

afterEach(closeOpened);

describe('credentials', () => {
  test('wrong ones are UNAUTHORIZED, and not part of the message', async () => {
    const { registry } = await serveTokenRegistry();
    const client = open({ url: registry.origin, credentials: { username: 'ada', password: 'wrong-secret' } });
    await expect(client.ping()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      status: 401,
      message: expect.not.stringContaining('wrong-secret'),
    });
  });

  test('are not sent to a realm at another host', async () => {
    const stranger = await serve((_request, response) => sendJson(response, 200, { token: 't' }));
    const realm = `${stranger.origin.replace('127.0.0.1', 'localhost')}/token`;
    const { registry } = await serveTokenRegistry({ realm });
    const client = open({ url: registry.origin, credentials: CREDENTIALS });
    await expect(client.ping()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining(new URL(realm).host),
    });
    expect(stranger.seen).toEqual([]);
  });

  test('are sent to a realm at another host that was named for it', async () => {
    const tokens = await serve((_request, response) =>
      sendJson(response, 200, { token: Buffer.from('#1').toString('base64url') }),
    );
    const realm = `${tokens.origin.replace('127.0.0.1', 'localhost')}/token`;
    const { registry } = await serveTokenRegistry({ realm });
    const client = open({
      url: registry.origin,
      credentials: CREDENTIALS,
      realmHosts: [new URL(realm).host.toUpperCase()],
    });
    await client.ping();
    expect(tokens.seen).toMatchObject([{ headers: { authorization: BASIC } }]);
  });

  test('without any, a token is had from wherever the registry says', async () => {
    const tokens = await serve((_request, response) =>
      sendJson(response, 200, { token: Buffer.from('#1').toString('base64url') }),
    );
    const { registry } = await serveTokenRegistry({
      realm: `${tokens.origin.replace('127.0.0.1', 'localhost')}/token`,
    });
    await open({ url: registry.origin }).ping();
    expect(tokens.seen[0]?.headers.authorization).toBeUndefined();
  });

  test.each(['ftp://127.0.0.1/token', 'http://user:pass@127.0.0.1/token', 'http://'])(
    'the realm %s is refused',
    async (realm) => {
      const { registry } = await serveTokenRegistry({ realm });
      const client = open({ url: registry.origin, credentials: CREDENTIALS });
      await expect(client.ping()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    },
  );

  test('Basic is used where the registry asks for it, from then on with every request', async () => {
    const server = await serve((request, response) => {
      const isKnown = request.headers.authorization === BASIC;
      response
        .writeHead(isKnown ? 200 : 401, isKnown ? {} : { 'www-authenticate': 'Basic realm="reg"' })
        .end();
    });
    const client = open({ url: server.origin, credentials: CREDENTIALS });
    await client.ping();
    await client.ping();
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, BASIC, BASIC]);
    const stranger = open({ url: server.origin, credentials: { username: 'ada', password: 'no' } });
    await expect(stranger.ping()).rejects.toMatchObject({ code: 'REFUSED', status: 401 });
  });

  test('neither credentials nor tokens go along when a blob is redirected to another origin', async () => {
    const content = Buffer.from('content');
    const storage = await serve((_request, response) => void response.end(content));
    const registry = await serve((request, response, url) => {
      if (request.headers.authorization !== BASIC) {
        return void response.writeHead(401, { 'www-authenticate': 'Basic realm="reg"' }).end();
      }
      const location = url.searchParams.has('moved')
        ? `${storage.origin}/x?signature=s`
        : `${url.pathname}?moved=1`;
      response.writeHead(307, { location }).end();
    });
    const client = open({ url: registry.origin, credentials: CREDENTIALS });
    const { stream } = await client.blobs.get('acme/web', digestOf(content));
    expect(Buffer.concat(await stream.toArray())).toEqual(content);
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
    expect(registry.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, BASIC, BASIC]);

    const careful = open({ url: registry.origin, credentials: CREDENTIALS, mayRedirectTo: () => false });
    await expect(careful.blobs.get('acme/web', digestOf(content))).rejects.toMatchObject({
      code: 'PROTOCOL',
    });
    expect(storage.seen).toHaveLength(1);
  });
});
