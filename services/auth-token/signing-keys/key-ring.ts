import { TOKEN_ALGORITHM, type TokenSigningKey } from '@berth/access';
import type { Stored } from '@berth/document-store';
import { importJWK, type JWK } from 'jose';
import type { SigningKey } from '../documents/signing-key.ts';
import { removeQuietly } from '../remove-pages.ts';
import { isRotationDue, publishedAt, signingKeyAt } from './key-schedule.ts';
import { rotateSigningKey, type SigningKeyParts, sealPurpose } from './rotate-signing-key.ts';

const MAX_KEYS = 200;

/** The signing keys in memory; a copy of what is stored, at most one round of `tend` old. */
export interface KeyRing {
  /** The key that signs now. */
  current(): TokenSigningKey;
  /** The public keys that tokens are verified with (RFC 7517), oldest first. */
  published(): JWK[];
  /** Makes the next key where its time has come, forgets those whose tokens have ended, and reads what others made. */
  tend(): Promise<void>;
}

interface HeldKey extends TokenSigningKey {
  readonly document: SigningKey & Stored;
  readonly generation: number;
  readonly signsFrom: number;
  readonly published: JWK;
}

/**
 * Reads the keys, and makes the first one when there is none. AccessError SEAL_BROKEN when the platform key is not the
 * one that they were sealed with.
 */
export async function openKeyRing(
  parts: SigningKeyParts & { readonly lifetimeMs: number },
): Promise<KeyRing> {
  const { signingKeys, clock, lifetimeMs, logger } = parts;
  let held: readonly HeldKey[] = [];

  async function read(): Promise<void> {
    const { items } = await signingKeys.page({ index: 'byGeneration', descending: true, limit: MAX_KEYS });
    const known = new Map(held.map((key) => [key.kid, key]));
    held = await Promise.all(items.map((document) => known.get(document.id) ?? openKey(parts, document)));
  }

  async function tend(): Promise<void> {
    await read();
    if (isRotationDue(held, clock(), lifetimeMs)) {
      await rotateSigningKey(parts);
      await read();
    }
    const published = publishedAt(held, clock());
    const ended = held.filter((key) => !published.includes(key));
    for (const { kid, document } of ended) {
      await removeQuietly(signingKeys, document);
      logger.info('removed a signing key whose tokens have ended', { kid });
    }
    held = published;
  }

  await tend();
  return {
    tend,
    current() {
      const key = signingKeyAt(held, clock());
      if (key === undefined) throw new Error('there is no signing key');
      return key;
    },
    published: () => publishedAt(held, clock()).map((key) => key.published),
  };
}

async function openKey(parts: SigningKeyParts, document: SigningKey & Stored): Promise<HeldKey> {
  const { id: kid, publicKey, sealedPrivateKey, generation, signsFrom } = document;
  const privateJwk: JWK = JSON.parse(parts.box.open(sealedPrivateKey, sealPurpose(kid)));
  const privateKey = await importJWK(privateJwk, TOKEN_ALGORITHM);
  if (privateKey instanceof Uint8Array) throw new Error(`signing key ${kid} is not a key pair`);
  const published = { ...publicKey, kid, alg: TOKEN_ALGORITHM, use: 'sig' };
  return { kid, privateKey, document, generation, signsFrom, published };
}
