import { type SecretBox, TOKEN_ALGORITHM } from '@berth/access';
import { type Collection, isStoreError } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { SigningKey } from '../documents/signing-key.ts';
import { PUBLISH_AHEAD_MS } from './key-schedule.ts';

export interface SigningKeyParts {
  readonly signingKeys: Collection<SigningKey>;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the private key of a signing key is sealed for. */
export const sealPurpose = (kid: string): string => `signing key ${kid}`;

/**
 * Makes the next signing key. It is published at once and signs a minute later, the very first at once. When another
 * copy makes it at the same time, that one counts.
 */
export async function rotateSigningKey({ signingKeys, box, clock, logger }: SigningKeyParts): Promise<void> {
  const { items } = await signingKeys.page({ index: 'byGeneration', descending: true, limit: 1 });
  const latest = items[0];
  const now = clock();
  const pair = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  const { kty, crv, x, y } = await exportJWK(pair.publicKey);
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw new Error(`a key for ${TOKEN_ALGORITHM} came out as ${kty} ${crv}`);
  }
  const publicKey = { kty: 'EC', crv: 'P-256', x, y } as const;
  const kid = await calculateJwkThumbprint(publicKey);
  const privateKey = JSON.stringify(await exportJWK(pair.privateKey));
  try {
    await signingKeys.insert(kid, {
      generation: (latest?.generation ?? 0) + 1,
      publicKey,
      sealedPrivateKey: box.seal(privateKey, sealPurpose(kid)),
      signsFrom: latest === undefined ? now : now + PUBLISH_AHEAD_MS,
      createdAt: new Date(now).toISOString(),
    });
    logger.info('made a signing key', { kid });
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    logger.info('another copy made the next signing key');
  }
}
