import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { algorithmOf, type Digest } from '@berth/oci';
import { RegistryClientError } from './registry-client-error.ts';
import { brokenOff } from './response-body.ts';

/**
 * The bytes of a blob, `asked` for so. Ends with RegistryClientError DIGEST_MISMATCH when they do not have the digest (null: a
 * part of a blob, which cannot be told), with UNREACHABLE when the connection breaks. Destroying it lets the connection go.
 */
export function verifiedStream(source: Readable, digest: Digest | null, asked: string): Readable {
  const algorithm = digest === null ? 'sha256' : algorithmOf(digest);
  const hash = digest === null ? null : createHash(algorithm);
  const verified = new Transform({
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding, callback) {
      hash?.update(chunk);
      callback(null, chunk);
    },
    flush(callback) {
      const actual = hash && `${algorithm}:${hash.digest('hex')}`;
      callback(
        actual === digest
          ? null
          : new RegistryClientError('DIGEST_MISMATCH', `${asked} came with the digest ${actual}`),
      );
    },
  });
  source.on('error', (error: Error) => {
    verified.destroy(brokenOff(error, asked));
  });
  verified.on('close', () => source.destroy());
  return source.pipe(verified);
}
