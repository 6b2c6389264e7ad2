import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a random secret is for; its prefix says so, to people and to secret scanners. */
export type SecretKind = 'session' | 'refresh' | 'key' | 'robot';

const FORM = /^berth_(session|refresh|key|robot)_[A-Za-z0-9_-]{43}$/;

/** A new secret: 256 random bits behind `berth_<kind>_`. */
export function newSecret(kind: SecretKind): string {
  return `berth_${kind}_${randomBytes(32).toString('base64url')}`;
}

/** The kind of secret that a text has the form of; undefined for other texts. */
export function secretKindOf(text: string): SecretKind | undefined {
  return FORM.exec(text)?.[1] as SecretKind | undefined;
}

/** What is stored of a secret: its SHA-256 in hex. So many random bits need no salt and no slow hash. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Is this the secret of that hash? Without a hash it takes as long, and is false. */
export function fitsSecretHash(secret: string, stored: string | undefined): boolean {
  const hash = Buffer.from(secretHash(secret));
  const other = Buffer.from(stored ?? '0'.repeat(hash.byteLength));
  return timingSafeEqual(hash, other) && stored !== undefined;
}

/** The id that the session or refresh token of this secret is stored under; undefined when the text is none. */
export function storedIdOf(kind: 'session' | 'refresh', secret: string): string | undefined {
  return secretKindOf(secret) === kind ? secretHash(secret) : undefined;
}
