import { afterEach, describe, expect, test } from '@jest/globals';
import { createManagementClient, type ManagementError } from '../index.ts';
import {
  type Answers,
  type ContractServer,
  problem,
  SAMPLE_DIGEST,
  SAMPLES,
  startContractServer,
} from '../testing/index.ts';

const { registry, tag } = SAMPLES;
let server: ContractServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(answers: Answers = {}) {
  server = await startContractServer(answers);
  const credential = { kind: 'session', token: 'secret' } as const;
  return { client: createManagementClient({ origin: server.origin, credential }), asked: server.asked };
}

async function failureOf(work: Promise<unknown>): Promise<ManagementError> {
  return await work.then(
    () => {
      throw new Error('it should have failed');
    },
    (error) => error,
  );
}

describe('call', () => {
  test('sends what the contract says and gives status, ETag and body', async () => {
    const { client, asked } = await start();
    const params = { registry: 'acme', image: 'team/web', tag: '1.0' };
    const answer = await client.call('putTag', { params, body: { digest: SAMPLE_DIGEST }, ifMatch: '"6"' });
    expect(answer).toEqual({ status: 200, etag: '"7"', body: tag.value });
    expect(asked).toMatchObject([
      {
        id: 'putTag',
        params: { registry: 'acme', image: 'team~web', tag: '1.0' },
        body: { digest: SAMPLE_DIGEST },
        headers: { authorization: 'Bearer secret', 'content-type': 'application/json', 'if-match': '"6"' },
      },
    ]);
  });

  test('leaves out what is undefined, and writes queries as text', async () => {
    const { client, asked } = await start();
    const params = { registry: 'acme', image: 'web' };
    await client.call('listArtifacts', { params, query: { untagged: true, limit: 5, tag: undefined } });
    expect(asked[0]?.query).toEqual({ untagged: 'true', limit: '5' });
  });

  test('sends a change as a merge patch', async () => {
    const { client, asked } = await start();
    await client.call('updateWebhook', { params: { id: 'w' }, body: { secret: null, enabled: true } });
    expect(asked[0]).toMatchObject({
      body: { secret: null, enabled: true },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  });

  test('gives no body where there is none', async () => {
    const { client } = await start();
    expect(await client.call('deleteRobot', { params: { id: 'r' } })).toMatchObject({
      status: 204,
      body: undefined,
    });
  });

  test('uses Basic for a user name and password, and nothing as anybody', async () => {
    const { asked } = await start();
    const origin = server?.origin ?? '';
    const credential = { kind: 'basic', username: 'ada', password: 'pä:ss' } as const;
    await createManagementClient({ origin, credential }).call('getMe');
    await createManagementClient({ origin }).call('getMe');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('ada:pä:ss').toString('base64')}`,
      undefined,
    ]);
  });

  test.each(['', '.', '..'])('asks nothing where a part of the path would be %j', async (name) => {
    const { client, asked } = await start();
    const work = client.call('deleteImage', { params: { registry: 'acme', image: name } });
    expect(await failureOf(work)).toMatchObject({ code: 'PARAMETER_INVALID' });
    expect(asked).toEqual([]);
  });

  test.each(['a/../b', 'ü ?#%2e', '../acme'])('keeps %j within its part of the path', async (name) => {
    const { client, asked } = await start();
    await client.call('getImage', { params: { registry: 'acme', image: name } });
    expect(asked[0]?.params).toEqual({ registry: 'acme', image: name.replaceAll('/', '~') });
  });
});

describe('an error', () => {
  test('carries code, detail, further members and when to try again', async () => {
    const taken = problem(409, 'NAME_TAKEN', 'registry "acme" exists', { existingId: 'r-1' });
    const { client } = await start({
      createRegistry: () => ({ ...taken, headers: { ...taken.headers, 'Retry-After': '7' } }),
    });
    expect(await failureOf(client.call('createRegistry', { body: { name: 'acme' } }))).toMatchObject({
      name: 'ManagementError',
      code: 'NAME_TAKEN',
      message: 'registry "acme" exists',
      status: 409,
      problem: { existingId: 'r-1' },
      retryAfterSeconds: 7,
    });
  });

  test.each<[string, Response]>([
    ['a page of something else', new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['broken JSON', new Response('{', { headers: { 'content-type': 'application/json' } })],
    ['an error of a proxy', new Response('Bad gateway', { status: 502 })],
    ['a redirect', new Response(null, { status: 301, headers: { location: 'https://other.example' } })],
  ])('is PROTOCOL for %s', async (_, response) => {
    const client = createManagementClient({ origin: 'http://localhost', fetch: async () => response });
    expect(await failureOf(client.call('getMe'))).toMatchObject({ code: 'PROTOCOL' });
  });

  test('is UNREACHABLE with the reason when nobody answers', async () => {
    const { client } = await start();
    await server?.stop();
    const error = await failureOf(client.call('getMe'));
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('is UNREACHABLE when no answer comes in time', async () => {
    const hanging: typeof fetch = (_, init) =>
      new Promise((_, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true }),
      );
    const client = createManagementClient({ origin: 'http://localhost', fetch: hanging, timeoutMs: 10 });
    const error = await failureOf(client.call('getMe'));
    expect(error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('0.01 seconds') });
  });
});

describe('pages', () => {
  const pageOf = (names: string[], next: string | null) => ({
    body: { items: names.map((name) => ({ ...registry.value, name })), next },
  });

  test('follow next to the last page, over empty ones', async () => {
    const { client, asked } = await start({
      listRegistries: ({ query }) =>
        ({ undefined: pageOf(['a'], '1'), 1: pageOf([], '2'), 2: pageOf(['b'], null) })[
          query.after ?? 'undefined'
        ] ?? {},
    });
    const names: string[] = [];
    for await (const { items } of client.pages('listRegistries', { query: { limit: 1, q: 'x' } }))
      names.push(...items.map(({ name }) => name));
    expect(names).toEqual(['a', 'b']);
    expect(asked.map(({ query }) => query)).toEqual([
      { limit: '1', q: 'x' },
      { limit: '1', q: 'x', after: '1' },
      { limit: '1', q: 'x', after: '2' },
    ]);
  });

  test('ask for no more than is taken', async () => {
    const { client, asked } = await start({ listRegistries: () => pageOf(['a'], 'more') });
    for await (const _ of client.pages('listRegistries')) break;
    expect(asked).toHaveLength(1);
  });

  test('end with an error when a server goes round in circles', async () => {
    const { client } = await start({ listRegistries: () => pageOf(['a'], 'same') });
    const all = Array.fromAsync(client.pages('listRegistries'));
    expect(await failureOf(all)).toMatchObject({ code: 'PROTOCOL' });
  });
});
