import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { algorithmOf, type Digest } from '@berth/oci';
import { RegistryClientError } from './registry-client-error.ts';

/** Lets bytes through and ends with RegistryClientError DIGEST_MISMATCH when they do not have the digest. */
export function createDigestCheck(digest: Digest): Transform {
  const hash = createHash(algorithmOf(digest));
  return new Transform({
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding, callback) {
      hash.update(chunk);
      callback(null, chunk);
    },
    flush(callback) {
      const actual = `${algorithmOf(digest)}:${hash.digest('hex')}`;
      callback(
        actual === digest
          ? null
          : new RegistryClientError('DIGEST_MISMATCH', `blob ${digest} came with the digest ${actual}`),
      );
    },
  });
}
