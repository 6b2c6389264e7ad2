import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { processMemory } from '../support/process-memory.ts';
import { fetchToken, pushSmallImage } from '../support/small-image.ts';
import {
  type HostileCase,
  MANIFEST_CASES,
  NAME_CASES,
  OCI_MANIFEST,
  REFERENCE_CASES,
} from './hostile-cases.ts';
import { ociCode, type RawAnswer, type RawRequest, rawRequest } from './raw-request.ts';

let product: BerthProduct;
let token: string;

beforeAll(async () => {
  product = await startBerthProduct();
  await product.createRegistry('acme');
  await pushSmallImage(product, 'acme/web', 'good');
  token = await fetchToken(
    product,
    'repository:acme/web:pull,push',
    'repository:acme/nothing:pull',
    'registry:catalog:*',
  );
});

afterAll(() => product?.stop());

/** Sends it with a token that may do everything at `acme/web`; other names get one for that name where it is well-formed. */
function send(request: RawRequest, authorization = `Bearer ${token}`): Promise<RawAnswer> {
  return rawRequest(product.port, {
    ...request,
    headers: { Authorization: authorization, ...request.headers },
  });
}

function expectRefusal(answer: RawAnswer, { status, code }: Pick<HostileCase, 'status' | 'code'>): void {
  const seen = { status: answer.status, code: code === null ? null : ociCode(answer) };
  expect(seen).toEqual({ status, code });
  if (code !== null) expect(answer.headers['content-type']).toMatch(/^application\/json/);
}

describe.each([
  ['names and paths', NAME_CASES],
  ['references, pages', REFERENCE_CASES],
  ['manifests', MANIFEST_CASES],
])('hostile %s', (_, cases) => {
  test.each(cases)('$name: $status $code', async (hostile) => {
    expectRefusal(await send(hostile.request), hostile);
  });
});

describe('hostile requests', () => {
  const refusals: readonly (readonly [string, RawRequest, number, string])[] = [
    ['a header of 100 KiB', { path: '/v2/', headers: { 'X-Long': 'x'.repeat(100_000) } }, 431, 'UNSUPPORTED'],
    ['3,000 headers', { path: '/v2/', headers: manyHeaders(3_000) }, 431, 'UNSUPPORTED'],
    [
      'a negative length',
      { method: 'POST', path: '/v2/acme/web/blobs/uploads/', headers: { 'Content-Length': '-1' } },
      400,
      'UNSUPPORTED',
    ],
    [
      'two lengths',
      {
        method: 'POST',
        path: '/v2/acme/web/blobs/uploads/',
        headers: { 'Content-Length': '1', 'content-length': '2' },
        body: 'ab',
      },
      400,
      'UNSUPPORTED',
    ],
    ['no host', { path: '/v2/', headers: { Host: '' } }, 400, 'UNSUPPORTED'],
    ['a raw space in the path', { path: '/v2/acme/w eb/tags/list' }, 400, 'UNSUPPORTED'],
  ];

  test.each(refusals)('%s', async (_, request, status, code) => {
    expectRefusal(await send(request), { status, code });
  });

  test('the admin is told of a registry that does not exist', async () => {
    const answer = await send(
      { path: '/v2/nobody/web/tags/list' },
      basic(product.username, product.password),
    );
    expectRefusal(answer, { status: 404, code: 'NAME_UNKNOWN' });
  });

  test('an internal path of the gateway is none of the public', async () => {
    for (const path of ['/_blobs/', '/_blobs/ab/cd', '/_blobs/../admin-password', '/v2/../_blobs/ab/cd']) {
      expect((await send({ path })).status).toBe(404);
    }
  });

  test('what is well stays well: the good image is still there, and memory did not grow', async () => {
    const services = (await product.processes()).filter(({ name }) => !/gateway|nats/.test(name));
    const attack = async (): Promise<void> => {
      for (const hostile of [...NAME_CASES, ...REFERENCE_CASES, ...MANIFEST_CASES])
        await send(hostile.request);
    };
    // The first rounds fill heaps and caches; then 7 MiB come in each.
    for (let round = 0; round < 3; round += 1) await attack();
    const before = await Promise.all(services.map(({ pid }) => processMemory(pid)));
    for (let round = 0; round < 12; round += 1) await attack();
    const after = await Promise.all(services.map(({ pid }) => processMemory(pid)));
    for (const [index, { name, deaths }] of services.entries()) {
      const grown = (after[index]?.residentBytes ?? 0) - (before[index]?.residentBytes ?? 0);
      expect({ name, deaths, grewMuch: grown > 60 * 1024 * 1024 }).toEqual({
        name,
        deaths: 0,
        grewMuch: false,
      });
    }
    const good = await send({ path: '/v2/acme/web/manifests/good', headers: { Accept: OCI_MANIFEST } });
    expect(good.status).toBe(200);
    const bad = await send({ path: '/v2/acme/web/manifests/bad' });
    expectRefusal(bad, { status: 404, code: 'MANIFEST_UNKNOWN' });
  });
});

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-Header-${index}`, 'some value']));
}
