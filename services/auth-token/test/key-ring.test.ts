import { join } from 'node:path';
import { createSecretBox, createTokenVerifier, isAccessError, signToken, tokenClaims } from '@berth/access';
import { ANONYMOUS } from '@berth/contracts';
import { type DocumentStore, openDocumentStore } from '@berth/document-store';
import { silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { signingKeys } from '../documents/signing-key.ts';
import { type KeyRing, openKeyRing } from '../signing-keys/key-ring.ts';
import { PUBLISH_AFTER_MS, PUBLISH_AHEAD_MS } from '../signing-keys/key-schedule.ts';
import { rotateSigningKey } from '../signing-keys/rotate-signing-key.ts';

const DAY = 86_400_000;
const LIFETIME = 30 * DAY;

let now: number;
let store: DocumentStore;
const clock = () => now;

beforeEach(async () => {
  now = 1_800_000_000_000;
  store = await openDocumentStore({ url: `sqlite:${join(await temporaryFolder(), 'auth.db')}` });
});
afterEach(() => store.close());

const parts = (key = 1) => ({
  signingKeys: store.collection(signingKeys),
  box: createSecretBox(Buffer.alloc(32, key)),
  clock,
  logger: silentLogger,
  lifetimeMs: LIFETIME,
});
const kids = (ring: KeyRing) => ring.published().map(({ kid }) => kid);
const signWith = (ring: KeyRing, lifetimeSeconds = 300) =>
  signToken({
    claims: tokenClaims({
      id: 't',
      principal: ANONYMOUS,
      access: [],
      issuedAt: now / 1_000,
      lifetimeSeconds,
    }),
    key: ring.current(),
  });
const verify = (ring: KeyRing, token: string) =>
  createTokenVerifier({ keys: async () => ring.published(), clock }).verify(token);

describe('the key ring', () => {
  test('makes the first key, which signs at once, and finds it again', async () => {
    const ring = await openKeyRing(parts());
    await expect(verify(ring, await signWith(ring))).resolves.toMatchObject({ iss: 'berth' });
    expect(ring.published()).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        kid: ring.current().kid,
        alg: 'ES256',
        use: 'sig',
      },
    ]);
    const again = await openKeyRing(parts());
    expect(again.current().kid).toBe(ring.current().kid);
  });

  test('copies that start at once agree on one first key', async () => {
    const rings = await Promise.all([1, 2, 3, 4].map(() => openKeyRing(parts())));
    expect(new Set(rings.map((ring) => ring.current().kid)).size).toBe(1);
    expect(new Set(rings.flatMap(kids)).size).toBe(1);
  });

  test('copies that rotate at once make one next key', async () => {
    const rings = await Promise.all([1, 2].map(() => openKeyRing(parts())));
    now += LIFETIME;
    await Promise.all(rings.map((ring) => ring.tend()));
    await Promise.all(rings.map((ring) => ring.tend()));
    expect(kids(rings[0] as KeyRing)).toHaveLength(2);
    expect(kids(rings[0] as KeyRing)).toEqual(kids(rings[1] as KeyRing));
  });

  test('publishes a new key before it signs, and an old one until its last token has ended', async () => {
    const ring = await openKeyRing(parts());
    const old = ring.current().kid;
    await rotateSigningKey(parts());
    await ring.tend();
    expect(ring.current().kid).toBe(old);
    expect(kids(ring)).toHaveLength(2);

    now += PUBLISH_AHEAD_MS - 1_000;
    const last = await signWith(ring, 12 * 3_600);
    now += 1_000;
    expect(ring.current().kid).not.toBe(old);
    now += 12 * 3_600_000;
    await ring.tend();
    await expect(verify(ring, last)).resolves.toBeDefined();

    now += PUBLISH_AFTER_MS - 12 * 3_600_000;
    expect(kids(ring)).toEqual([ring.current().kid]);
    await ring.tend();
    expect((await store.collection(signingKeys).page({ index: 'id', limit: 10 })).items).toHaveLength(1);
  });

  test('rotates by age, and not before', async () => {
    const ring = await openKeyRing(parts());
    now += LIFETIME - 1;
    await ring.tend();
    expect(kids(ring)).toHaveLength(1);
    now += 1;
    await ring.tend();
    expect(kids(ring)).toHaveLength(2);
    await ring.tend();
    expect(kids(ring)).toHaveLength(2);
  });

  test('does not open with another platform key', async () => {
    await openKeyRing(parts());
    const error = await openKeyRing(parts(2)).catch((reason: unknown) => reason);
    expect(isAccessError(error, 'SEAL_BROKEN')).toBe(true);
  });

  test('stores no private key in clear', async () => {
    await openKeyRing(parts());
    const { items } = await store.collection(signingKeys).page({ index: 'id', limit: 10 });
    const [key] = items;
    const privateKey = JSON.parse(parts().box.open(key?.sealedPrivateKey ?? '', `signing key ${key?.id}`));
    expect(privateKey.d).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(items)).not.toContain(privateKey.d);
  });
});
