import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { fetchToken, pushSmallImage } from '../support/small-image.ts';
import { ociCode, type RawAnswer, rawRequest } from './raw-request.ts';

let product: BerthProduct;
let header: Record<string, unknown>;
let claims: Record<string, unknown>;
let signature: string;
let publicKey: string;

beforeAll(async () => {
  product = await startBerthProduct();
  await product.createRegistry('acme');
  await pushSmallImage(product, 'acme/web', 'good');
  const token = await fetchToken(product, 'repository:acme/web:pull');
  const [first = '', second = '', third = ''] = token.split('.');
  header = decode(first);
  claims = decode(second);
  signature = third;
  publicKey = await (await fetch(`${product.origin}/.well-known/jwks.json`)).text();
});

afterAll(() => product?.stop());

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function pull(
  authorization: string,
  path = '/v2/acme/web/manifests/good',
  method = 'GET',
): Promise<RawAnswer> {
  return rawRequest(product.port, { method, path, headers: { Authorization: authorization } });
}

const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function signedByOther(head: object, body: object): string {
  const input = `${encode(head)}.${encode(body)}`;
  const bytes = sign('sha256', Buffer.from(input), { key: otherKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${bytes.toString('base64url')}`;
}

/** Each makes a token out of a good one. */
const FORGERIES: readonly (readonly [string, () => string])[] = [
  ['no token at all', () => ''],
  ['words', () => 'let me in'],
  ['three dots', () => '...'],
  ['a token of 100 KiB is cut off', () => `${encode(header)}.${'A'.repeat(7_000)}.${signature}`],
  ['algorithm none without a signature', () => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`],
  [
    'algorithm none with the old signature',
    () => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.${signature}`,
  ],
  ['algorithm NoNe', () => `${encode({ ...header, alg: 'NoNe' })}.${encode(claims)}.`],
  [
    'HS256 with the public key as the secret',
    () => {
      const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
      return `${input}.${createHmac('sha256', publicKey).update(input).digest('base64url')}`;
    },
  ],
  ['another key under the known name', () => signedByOther(header, claims)],
  ['another key under another name', () => signedByOther({ ...header, kid: 'mine' }, claims)],
  [
    'a key that the token brings itself',
    () => signedByOther({ ...header, jwk: otherKey.export({ format: 'jwk' }) }, claims),
  ],
  ['a key from an address', () => signedByOther({ ...header, jku: 'http://127.0.0.1:1/jwks.json' }, claims)],
  ['a name of a key with a path', () => signedByOther({ ...header, kid: '../../../dev/null' }, claims)],
  [
    'more rights than were signed',
    () =>
      `${encode(header)}.${encode({ ...claims, access: [{ type: 'repository', name: 'acme/web', actions: ['pull', 'push', 'delete'] }] })}.${signature}`,
  ],
  [
    'a later end than was signed',
    () => `${encode(header)}.${encode({ ...claims, exp: 4_000_000_000 })}.${signature}`,
  ],
  ['another service', () => signedByOther(header, { ...claims, aud: 'registry.example.com' })],
  ['another issuer', () => signedByOther(header, { ...claims, iss: 'somebody' })],
  ['an end in the past', () => signedByOther(header, { ...claims, iat: 1, nbf: 1, exp: 300 })],
];

describe('a forged token', () => {
  test('is not what the good one is', async () => {
    expect((await pull(`Bearer ${encode(header)}.${encode(claims)}.${signature}`)).status).toBe(200);
  });

  test.each(FORGERIES)('with %s is refused with the challenge', async (_, make) => {
    const answer = await pull(`Bearer ${make()}`);
    expect({ status: answer.status, code: ociCode(answer) }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer realm="http:\/\/[^"]+\/token",service="berth"/,
    );
  });
});

describe('a good token without the scope', () => {
  test.each([
    ['pushes nothing', 'POST', '/v2/acme/web/blobs/uploads/', 'repository:acme/web:pull,push'],
    ['deletes nothing', 'DELETE', '/v2/acme/web/manifests/good', 'repository:acme/web:delete'],
    ['reads no other image', 'GET', '/v2/acme/other/manifests/good', 'repository:acme/other:pull'],
    ['lists no catalog', 'GET', '/v2/_catalog', 'registry:catalog:*'],
  ])('%s and is told the scope', async (_, method, path, scope) => {
    const answer = await pull(`Bearer ${encode(header)}.${encode(claims)}.${signature}`, path, method);
    expect({ status: answer.status, code: ociCode(answer) }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    expect(answer.headers['www-authenticate']).toContain(`scope="${scope}"`);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });
});

describe('credentials', () => {
  test.each([
    ['a wrong password', () => basic('admin', 'wrong')],
    ['a user that does not exist', () => basic('nobody', 'wrong')],
    ['no colon', () => `Basic ${Buffer.from('admin').toString('base64')}`],
    ['no Base64', () => 'Basic %%%'],
    ['another scheme', () => 'Digest username="admin"'],
    ['a password of 10,000 characters', () => basic('admin', 'x'.repeat(10_000))],
  ])('with %s are refused', async (_, authorization) => {
    const answer = await pull(authorization());
    expect({ status: answer.status, code: ociCode(answer) }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    expect(answer.body).not.toContain('xxxx');
  });

  test('wrong ones get no token', async () => {
    const path = '/token?service=berth&scope=repository:acme/web:pull';
    const answer = await pull(basic('admin', 'wrong'), path);
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('eyJ');
  });

  test('without any, a token holds nothing of a private registry', async () => {
    const answer = await rawRequest(product.port, {
      path: '/token?service=berth&scope=repository:acme/web:pull,push',
    });
    expect(answer.status).toBe(200);
    const { token } = JSON.parse(answer.body);
    expect(decode(String(token).split('.')[1] ?? '').access).toEqual([]);
  });
});
