import { digestOf } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockAgent } from 'undici';
import type { RegistryClient } from '../index.ts';
import { allOf } from './all-of.ts';
import { type LocalServer, sendJson } from './local-server.ts';
import { BASIC, CREDENTIALS, closeOpened, open, serve } from './token-registry.ts';

afterEach(closeOpened);

const CONTENT = Buffer.from('{}');
const DIGEST = digestOf(CONTENT);
const UPLOAD = { repository: 'acme/web', offsetBytes: 0, minChunkBytes: 0 };

/** What a client asks of its registry, but for a blob. */
const ASKS: [string, (client: RegistryClient) => Promise<unknown>][] = [
  ['a ping', (client) => client.ping()],
  ['the HEAD of a manifest', (client) => client.manifests.head('acme/web', '1.0')],
  ['a manifest', (client) => client.manifests.get('acme/web', '1.0')],
  ['tags', (client) => allOf(client.lists.tags('acme/web'))],
  ['repositories', (client) => allOf(client.lists.catalog())],
  ['referrers', (client) => allOf(client.lists.referrers('acme/web', DIGEST))],
];
const READ_BLOB: typeof ASKS = [
  ['a blob', (client) => client.blobs.get('acme/web', DIGEST).then(({ stream }) => stream.toArray())],
  ['the HEAD of a blob', (client) => client.blobs.head('acme/web', DIGEST)],
];

describe('a redirect to another host', () => {
  let elsewhere: LocalServer;
  let client: RegistryClient;
  beforeEach(async () => {
    elsewhere = await serve((_request, response) => void response.end(CONTENT));
    const registry = await serve((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/somewhere` }).end();
    });
    client = open({ url: registry.origin });
  });

  test.each([
    ...ASKS,
    ['the status of an upload', (client) => client.uploads.status({ ...UPLOAD, location: '/up' })],
  ] satisfies typeof ASKS)('of %s is not followed, and names that host', async (_, ask) => {
    await expect(ask(client)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining(elsewhere.origin),
    });
    expect(elsewhere.seen).toEqual([]);
  });

  test.each(READ_BLOB)('of %s is followed', async (_, ask) => {
    await ask(client);
    expect(elsewhere.seen).toHaveLength(1);
  });

  test('of a push is not followed', async () => {
    const put = client.manifests.put('acme/web', '1.0', { bytes: CONTENT, mediaType: 'a/b' });
    await expect(put).rejects.toMatchObject({ code: 'REFUSED', status: 307 });
    await expect(client.uploads.start('acme/web')).rejects.toMatchObject({ code: 'REFUSED', status: 307 });
    expect(elsewhere.seen).toEqual([]);
  });
});

test('an upload that is to go on at another host does not', async () => {
  const elsewhere = await serve((_request, response) => void response.writeHead(201).end());
  const registry = await serve((_request, response) => {
    response.writeHead(202, { location: `${elsewhere.origin}/up` }).end();
  });
  const client = open({ url: registry.origin });
  await expect(client.blobs.push('acme/web', DIGEST, CONTENT)).rejects.toMatchObject({
    code: 'PROTOCOL',
    message: expect.stringContaining(elsewhere.origin),
  });
  expect(elsewhere.seen).toEqual([]);
});

test('a token server that sends on is not followed, not even at its own host', async () => {
  const registry = await serve((request, response, url) => {
    if (url.pathname === '/token') return void response.writeHead(307, { location: '/token/2' }).end();
    const realm = `http://${request.headers.host}/token`;
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
  });
  await expect(open({ url: registry.origin }).ping()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(registry.seen.map(({ path }) => path)).toEqual(['/v2/', '/token']);
});

describe('a redirect of the same host', () => {
  test.each(
    [...ASKS, ...READ_BLOB].flatMap(([what, ask]) => [
      { what, how: 'relative', ask },
      { what, how: 'absolute', ask },
    ]),
  )('of $what, $how, is followed with the credentials', async ({ how, ask }) => {
    const registry = await serve((request, response, url) => {
      if (request.headers.authorization !== BASIC)
        return void response.writeHead(401, { 'www-authenticate': 'Basic realm="reg"' }).end();
      if (url.pathname === '/moved') return sendJson(response, 200, {});
      const location = how === 'relative' ? '/moved' : `http://${request.headers.host}/moved`;
      response.writeHead(307, { location }).end();
    });
    await ask(open({ url: registry.origin, credentials: CREDENTIALS }));
    expect(registry.seen.at(-1)).toMatchObject({ path: '/moved', headers: { authorization: BASIC } });
  });
});

test('a redirect from http to https of the same name is followed, without credentials', async () => {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const plain = agent.get('http://registry.example');
  const challenge = { 'www-authenticate': 'Basic realm="reg"' };
  plain.intercept({ path: '/v2/' }).reply(401, '', { headers: challenge });
  plain.intercept({ path: '/v2/' }).reply(308, '', { headers: { location: 'https://registry.example/v2/' } });
  const secure = agent.get('https://registry.example');
  const seen: unknown[] = [];
  secure.intercept({ path: '/v2/' }).reply(200, ({ headers }) => {
    seen.push((headers as Record<string, string>).authorization);
    return '{}';
  });
  const client = open({ url: 'http://registry.example', credentials: CREDENTIALS, dispatcher: agent });
  await client.ping();
  expect(seen).toEqual([undefined]);
  await agent.close();
});
