import { createHmac } from 'node:crypto';
import { ANONYMOUS, type TokenClaims } from '@berth/contracts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { createTokenVerifier, isAccessError, signToken, tokenClaims } from '../index.ts';

const NOW = 1_800_000_000;
const HOUR = 3_600;

let key: { kid: string; privateKey: CryptoKey };
let otherKey: { kid: string; privateKey: CryptoKey };
let published: JWK;
let otherPublished: JWK;

beforeAll(async () => {
  [key, published] = await makeKey('k1');
  [otherKey, otherPublished] = await makeKey('k2');
});

async function makeKey(kid: string): Promise<[{ kid: string; privateKey: CryptoKey }, JWK]> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return [
    { kid, privateKey: pair.privateKey },
    { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' },
  ];
}

const claimsAt = (issuedAt: number, lifetimeSeconds = 300): TokenClaims =>
  tokenClaims({
    id: `t${issuedAt}`,
    principal: ANONYMOUS,
    access: [{ type: 'repository', name: 'acme/web', actions: ['pull'] }],
    issuedAt,
    lifetimeSeconds,
  });

function makeVerifier(
  keys: () => Promise<readonly JWK[]> = async () => [published],
  clock = () => NOW * 1000,
) {
  return createTokenVerifier({ keys, clock });
}

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  return isAccessError(outcome) ? outcome.code : String(outcome);
}

describe('a token', () => {
  test('is verified with its claims, and then without waiting', async () => {
    const verifier = makeVerifier();
    const token = await signToken({ claims: claimsAt(NOW), key });
    expect(verifier.verified(token)).toBeUndefined();
    expect(await verifier.verify(token)).toEqual(claimsAt(NOW));
    expect(verifier.verified(token)).toEqual(claimsAt(NOW));
    expect(token.split('.')[0]).toBe(base64url({ alg: 'ES256', kid: 'k1', typ: 'JWT' }));
  });

  test.each([
    ['just issued', 0, 300, 'accepted'],
    ['from a clock 59 s ahead', 59, 300, 'accepted'],
    ['from the future', 62, 300, 'TOKEN_INVALID'],
    ['ended 59 s ago', -359, 300, 'accepted'],
    ['ended 60 s ago', -360, 300, 'TOKEN_EXPIRED'],
    ['of 12 hours', 0, 12 * HOUR, 'accepted'],
  ])('%s: %s', async (_name, offset, lifetime, outcome) => {
    const token = await signToken({ claims: claimsAt(NOW + offset, lifetime), key });
    expect(await refusalOf(makeVerifier().verify(token))).toBe(outcome);
  });

  test.each([[12 * HOUR + 1], [0], [-5]])('of %d s is not signed', async (lifetime) => {
    expect(await refusalOf(signToken({ claims: claimsAt(NOW, lifetime), key }))).toBe('LIFETIME_INVALID');
  });

  test('that was verified ends with its time, also in the memory of the verifier', async () => {
    let now = NOW;
    const verifier = makeVerifier(undefined, () => now * 1000);
    const token = await signToken({ claims: claimsAt(NOW), key });
    await verifier.verify(token);
    now = NOW + 359;
    expect(verifier.verified(token)).toBeDefined();
    now = NOW + 360;
    expect(verifier.verified(token)).toBeUndefined();
    expect(await refusalOf(verifier.verify(token))).toBe('TOKEN_EXPIRED');
  });
});

describe('a hostile token is refused:', () => {
  const sign = (claims: object, header: object = {}, signer = key) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT', ...header })
      .sign(signer.privateKey, { crit: { x: true } });
  const good = claimsAt(NOW);
  const unsigned = (header: object, claims: object) => `${base64url(header)}.${base64url(claims)}`;

  test.each<[string, () => Promise<string> | string]>([
    ['no algorithm', () => `${unsigned({ alg: 'none', kid: 'k1', typ: 'JWT' }, good)}.`],
    ['no signature', () => `${unsigned({ alg: 'ES256', kid: 'k1', typ: 'JWT' }, good)}.`],
    [
      'HS256 with the public key as secret',
      () => {
        const text = unsigned({ alg: 'HS256', kid: 'k1', typ: 'JWT' }, good);
        return `${text}.${createHmac('sha256', JSON.stringify(published)).update(text).digest('base64url')}`;
      },
    ],
    ['another key under the same id', () => sign(good, {}, otherKey)],
    ['its own key in the header', () => sign(good, { jwk: otherPublished }, otherKey)],
    ['an unknown critical header', () => sign(good, { crit: ['x'], x: 1 })],
    ['no key id', () => sign(good, { kid: undefined })],
    ['another type', () => sign(good, { typ: 'at+jwt' })],
    ['another issuer', () => sign({ ...good, iss: 'other' })],
    ['another audience', () => sign({ ...good, aud: 'other' })],
    ['an audience among others', () => sign({ ...good, aud: ['berth', 'other'] })],
    ['no end', () => sign({ ...good, exp: undefined })],
    ['no beginning', () => sign({ ...good, nbf: undefined })],
    ['not yet valid', () => sign({ ...good, nbf: NOW + 120, exp: NOW + 300 })],
    ['no issue time', () => sign({ ...good, iat: undefined })],
    ['a life of more than 12 hours', () => sign({ ...good, exp: NOW + 12 * HOUR + 1 })],
    ['no access', () => sign({ ...good, access: undefined })],
    ['access that is no list', () => sign({ ...good, access: 'repository:acme/web:pull' })],
    ['no principal', () => sign({ ...good, principal: undefined })],
    ['changed claims', async () => swapClaims(await sign(good), { ...good, sub: 'admin' })],
    ['too long', async () => sign({ ...good, padding: 'x'.repeat(20_000) })],
    ['not a token', () => 'berth'],
    ['empty', () => ''],
  ])('%s', async (_name, make) => {
    const verifier = makeVerifier(async () => [published, otherPublished]);
    expect(await refusalOf(verifier.verify(await make()))).toBe('TOKEN_INVALID');
  });

  test('a key that is not published', async () => {
    const token = await signToken({ claims: good, key: otherKey });
    expect(await refusalOf(makeVerifier().verify(token))).toBe('KEY_UNKNOWN');
  });

  test('a symmetric key and a key of another curve, though published', async () => {
    const oct: JWK = { kty: 'oct', k: 'c2VjcmV0', kid: 'k1' };
    const token = await signToken({ claims: good, key });
    const verifier = makeVerifier(async () => [oct, { ...published, crv: 'P-384' }]);
    expect(await refusalOf(verifier.verify(token))).toBe('KEY_UNKNOWN');
  });
});

describe('published keys', () => {
  test('are asked for once by all who wait, and for unknown ones not again within 5 s', async () => {
    let now = NOW * 1000;
    let asked = 0;
    let keys: JWK[] = [published];
    const verifier = makeVerifier(
      async () => {
        asked++;
        return keys;
      },
      () => now,
    );
    const tokens = await Promise.all([1, 2, 3].map((n) => signToken({ claims: claimsAt(NOW + n), key })));
    await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(asked).toBe(1);

    const later = await signToken({ claims: claimsAt(NOW), key: otherKey });
    keys = [published, otherPublished];
    now += 4_999;
    expect(await refusalOf(verifier.verify(later))).toBe('KEY_UNKNOWN');
    expect(asked).toBe(1);
    now += 1;
    expect(await refusalOf(verifier.verify(later))).toBe('accepted');
    expect(asked).toBe(2);
  });

  test('that cannot be had are not the fault of the token; known ones go on', async () => {
    let isAway = false;
    let now = NOW * 1000;
    const verifier = makeVerifier(
      async () => {
        if (isAway) throw new Error('disconnected');
        return [published];
      },
      () => now,
    );
    await verifier.verify(await signToken({ claims: claimsAt(NOW), key }));
    isAway = true;
    now += 400_000;
    const known = await signToken({ claims: claimsAt(NOW + 300), key });
    expect(await refusalOf(verifier.verify(known))).toBe('accepted');
    const unknown = await signToken({ claims: claimsAt(NOW + 300), key: otherKey });
    expect(await refusalOf(verifier.verify(unknown))).toBe('KEYS_UNAVAILABLE');
  });

  test('that are withdrawn end the tokens they signed, once that is known', async () => {
    let keys: JWK[] = [published];
    let now = NOW * 1000;
    const verifier = makeVerifier(
      async () => keys,
      () => now,
    );
    const token = await signToken({ claims: claimsAt(NOW, HOUR), key });
    await verifier.verify(token);
    keys = [otherPublished];
    now += 6_000;
    await verifier.verify(await signToken({ claims: claimsAt(NOW), key: otherKey }));
    expect(verifier.verified(token)).toBeUndefined();
    expect(await refusalOf(verifier.verify(token))).toBe('KEY_UNKNOWN');
  });
});

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function swapClaims(token: string, claims: object): string {
  const [header, , signature] = token.split('.');
  return `${header}.${base64url(claims)}.${signature}`;
}
