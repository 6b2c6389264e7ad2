import { BlobStoreError } from './blob-store-error.ts';

const MAX_KEY_LENGTH = 512;
const KEY = /^[a-z0-9][a-z0-9.-]{0,254}(?:\/[a-z0-9][a-z0-9.-]{0,254})*$/;

/** Whether a text can be a key: no empty, hidden or climbing segment, nothing but `[a-z0-9./-]`. */
export function isBlobKey(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && KEY.test(text);
}

/**
 * The key itself when it is one. Segments start with a letter or digit, so that no key climbs (`..`), is absolute, or
 * meets what a driver keeps for itself under names with a leading dot.
 * BlobStoreError KEY_INVALID.
 */
export function checkBlobKey(key: string): string {
  if (!isBlobKey(key)) {
    throw new BlobStoreError(
      'KEY_INVALID',
      `blob key ${JSON.stringify(key.slice(0, MAX_KEY_LENGTH))} must be segments of [a-z0-9.-] that start with a letter or digit`,
    );
  }
  return key;
}
