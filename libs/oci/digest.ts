import { createHash } from 'node:crypto';
import { OciError } from './oci-error.ts';

/** `<algorithm>:<hex>` as parseDigest lets through (OCI image specification, descriptor.md, "Digests"). */
export type Digest = string;

export const DIGEST_ALGORITHMS = ['sha256', 'sha512'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

export interface ParsedDigest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
  readonly digest: Digest;
}

const PATTERN = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
/** Length of `sha256:` and `sha512:`. */
const PREFIX_LENGTH = 7;

export function isDigest(text: string): boolean {
  return PATTERN.test(text);
}

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return text === 'sha256' || text === 'sha512';
}

/** OciError DIGEST_INVALID when it is none, or of an algorithm that is not registered. */
export function parseDigest(text: string): ParsedDigest {
  if (!PATTERN.test(text)) {
    throw new OciError('DIGEST_INVALID', {
      message: `invalid digest "${text.slice(0, 160)}": a digest is sha256:<64 hex> or sha512:<128 hex>, in lower case`,
    });
  }
  return { algorithm: algorithmOf(text), hex: text.slice(PREFIX_LENGTH), digest: text };
}

/** The algorithm of a digest that is known to be valid. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
