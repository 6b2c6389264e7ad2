import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const FORM = /^bk-[a-z2-7]{20}$/;

/** A new id of an access key, which is also its login name: `bk-` and 100 random bits in base32. */
export function newKeyId(): string {
  return `bk-${Array.from(randomBytes(20), (byte) => ALPHABET[byte & 31]).join('')}`;
}

/** Names of this form belong to keys: no user may have one. */
export function isKeyId(text: string): boolean {
  return FORM.test(text);
}
