import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AccessError } from './access-error.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';

export const PLATFORM_KEY_RULE = 'must be 32 bytes in base64 or in hex';

/** The 32 bytes of a platform key in base64 (also base64url) or hex. AccessError PLATFORM_KEY_INVALID. */
export function parsePlatformKey(text: string): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  throw new AccessError('PLATFORM_KEY_INVALID', `the platform key ${PLATFORM_KEY_RULE}`);
}

/** Encrypts secrets that must be stored and read again, with the platform key. */
export interface SecretBox {
  /** As text. `purpose` says what the secret is and of which document: it opens for nothing else. */
  seal(secret: string, purpose: string): string;
  /** AccessError SEAL_BROKEN. */
  open(sealed: string, purpose: string): string;
}

/** AES-256-GCM with a random 96-bit nonce and the purpose as additional data: `v1.<nonce>.<ciphertext and tag>`. */
export function createSecretBox(platformKey: Uint8Array): SecretBox {
  if (platformKey.byteLength !== KEY_BYTES) {
    throw new AccessError(
      'PLATFORM_KEY_INVALID',
      `the platform key has ${platformKey.byteLength} bytes, not ${KEY_BYTES}`,
    );
  }
  return {
    seal(secret, purpose) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', platformKey, iv).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${FORMAT}.${iv.toString('base64url')}.${sealed.toString('base64url')}`;
    },
    open(sealed, purpose) {
      try {
        const [format, iv = '', text = ''] = sealed.split('.');
        if (format !== FORMAT) throw new Error(`its format is not ${FORMAT}`);
        const bytes = Buffer.from(text, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', platformKey, Buffer.from(iv, 'base64url'), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new AccessError(
          'SEAL_BROKEN',
          `the ${purpose} cannot be opened: it was sealed with another platform key, or is damaged`,
          { cause },
        );
      }
    },
  };
}
