import type { DigestAlgorithm } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { type Claimed, withLease } from './lease.ts';
import { beginHashes, digestsOf, updateHashes } from './running-hashes.ts';

/** Bytes of an upload that nobody writes to any more. */
export interface FlushedBytes extends Claimed {
  readonly key: string;
  readonly sizeBytes: number;
  readonly driverState: unknown;
  /** By algorithm. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Completes the key and reads it back, for a digest that was not computed on the way; the claim is kept meanwhile. */
export async function hashAgain(
  distribution: Distribution,
  flushed: FlushedBytes,
  algorithm: DigestAlgorithm,
): Promise<FlushedBytes> {
  const { blobs } = distribution;
  const { key, driverState } = flushed;
  const hashes = beginHashes([algorithm]);
  const { version } = await withLease(distribution, flushed, async (lease) => {
    let readBytes = 0;
    lease.watch({ progress: () => readBytes, stop: () => undefined });
    await blobs.complete(key, driverState);
    const bytes = await blobs.read(key);
    lease.watch({ progress: () => readBytes, stop: (error) => bytes.destroy(error) });
    for await (const chunk of bytes) {
      updateHashes(hashes, chunk);
      readBytes += chunk.byteLength;
    }
    return {};
  });
  return { ...flushed, version, digests: { ...flushed.digests, ...digestsOf(hashes) } };
}
