import { randomBytes, randomInt } from 'node:crypto';
import { digestOf } from '@berth/oci';
import { buildImage, pushManifest } from '@berth/registry-client/testing';
import { pause } from '../support/pause.ts';
import type { Region } from './regions.ts';

export interface RegionWorkload {
  /** What the tags of each repository are by what was acknowledged. */
  readonly expected: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Events that replication is to follow: tags set and deleted. */
  readonly changes: number;
  /** Bytes of the different blobs and manifests that were pushed. */
  readonly distinctBytes: number;
  readonly counts: { pushes: number; retags: number; deletes: number };
  /** Resolves when what is at hand is done; rejects with what went wrong. */
  stop(): Promise<void>;
}

/**
 * Pushes, retags and deletes in repositories that nobody else changes, one thing after the other in each, until stopped. Images share
 * one of a few layers.
 */
export function startRegionWorkload(
  region: Region,
  repositories: readonly string[],
  pauseMs: readonly [number, number],
): RegionWorkload {
  const expected = new Map<string, Map<string, string>>();
  const counts = { pushes: 0, retags: 0, deletes: 0 };
  const bases = Array.from({ length: 3 }, () => randomBytes(200_000));
  const seen = new Set<string>();
  let [changes, distinctBytes, isStopped] = [0, 0, false];

  function count(bytes: Buffer): void {
    const digest = digestOf(bytes);
    if (!seen.has(digest)) distinctBytes += bytes.length;
    seen.add(digest);
  }

  async function change(repository: string, serial: number): Promise<void> {
    const tags = expected.get(repository) ?? new Map<string, string>();
    expected.set(repository, tags);
    const base = bases[randomInt(bases.length)] ?? randomBytes(1);
    const manifest = buildImage({ layers: [base, randomBytes(randomInt(1, 300_000))] });
    const tag = `t${serial}`;
    await pushManifest(region.client, repository, { manifest, tag });
    tags.set(tag, manifest.digest);
    for (const bytes of [...manifest.blobs, manifest.bytes]) count(bytes);
    counts.pushes += 1;
    await region.client.manifests.put(repository, 'latest', manifest);
    tags.set('latest', manifest.digest);
    counts.retags += 1;
    changes += 2;
    const olds = [...tags.keys()].filter((name) => name !== 'latest');
    // Now and then `latest` too, and at times what was just pushed.
    const gone = serial % 7 === 6 ? 'latest' : serial % 3 === 2 ? olds[randomInt(olds.length)] : undefined;
    if (gone === undefined) return;
    const params = { registry: 'acme', image: repository.slice('acme/'.length), tag: gone };
    await region.replication.call('deleteTag', { params });
    tags.delete(gone);
    counts.deletes += 1;
    changes += 1;
  }

  async function work(repository: string): Promise<void> {
    for (let serial = 0; !isStopped; serial += 1) {
      await change(repository, serial);
      await pause(randomInt(...pauseMs));
    }
  }

  const working = Promise.all(repositories.map(work));
  working.catch(() => undefined);
  return {
    expected,
    counts,
    get changes() {
      return changes;
    },
    get distinctBytes() {
      return distinctBytes;
    },
    async stop() {
      isStopped = true;
      await working;
    },
  };
}
