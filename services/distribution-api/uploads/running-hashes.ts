import { createHash, type Hash } from 'node:crypto';
import type { DigestAlgorithm } from '@berth/oci';

export type RunningHashes = ReadonlyMap<string, Hash>;

export function beginHashes(algorithms: Iterable<DigestAlgorithm>): RunningHashes {
  return new Map(
    [...new Set<DigestAlgorithm>(['sha256', ...algorithms])].map((name) => [name, createHash(name)]),
  );
}

export function updateHashes(hashes: RunningHashes, chunk: Uint8Array): void {
  for (const hash of hashes.values()) hash.update(chunk);
}

/** The digests of the bytes so far, by algorithm; the hashes run on. */
export function digestsOf(hashes: RunningHashes): Record<string, string> {
  return Object.fromEntries(
    [...hashes].map(([name, hash]) => [name, `${name}:${hash.copy().digest('hex')}`]),
  );
}
