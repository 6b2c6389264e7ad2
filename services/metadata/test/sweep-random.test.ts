import { isServiceError } from '@berth/contracts';
import { parseManifest } from '@berth/oci';
import { afterEach, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { mountBlob } from '../blobs/mount-blob.ts';
import { statBlob } from '../blobs/stat-blob.ts';
import { artifactId, linkId } from '../documents/ids.ts';
import { repair } from '../maintenance/repair.ts';
import { createRegistryFinder } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { type Fixture, imagePush, MINUTE_MS, ORIGIN, openFixture, push, storeBlob } from './fixture.ts';
import { storedNow, sweep, sweepOut } from './sweep-fixture.ts';

/** Small, fast and good enough to choose interleavings by (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

let fixture: Fixture;
afterEach(() => fixture.dispose());

const GRACE_MS = 24 * 60 * MINUTE_MS;
const NAMES = ['a', 'b', 'c'];

test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
  'pushers, mounters, deleters and sweepers in the interleaving of seed %i: what was acknowledged is whole, and nothing is left over',
  async (seed) => {
    const next = random(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
    fixture = await openFixture({
      step: async () => {
        for (let turns = Math.floor(next() * 4); turns > 0; turns--) await new Promise(setImmediate);
      },
    });
    const { facts, scope } = fixture;
    const scopes = ['web', 'other'].map((image) => ({
      ...scope,
      image,
      imageId: `${scope.registry.id}/${image}`,
    }));
    const contents = await Promise.all(
      NAMES.map(async (name) => ({ name, ...(await imagePush(fixture, name, name, { layer: 'shared' })) })),
    );

    /** As a client: HEAD, send what is missing, or mount it, then the manifest. Slower than the grace period, anything goes. */
    async function pushAsClient(target: RepositoryScope): Promise<void> {
      const image = pick(contents);
      const startedAt = facts.clock();
      const repository = { ...fixture, scope: target };
      try {
        for (const { digest } of parseManifest(image.bytes, image.mediaType).blobs) {
          const known = await statBlob(facts, target, { digest, touch: true }).catch(() => null);
          const mounted = known ?? (next() < 0.5 ? await mountFrom(pick(scopes), target, digest) : null);
          if (mounted === null) await storeBlob(repository, contentOf(image, digest));
        }
        await push(fixture, { ...image, scope: target });
      } catch (error) {
        const isLate = facts.clock() - startedAt >= GRACE_MS;
        if (!isServiceError(error, 'VERSION_CONFLICT') && !isLate) throw error;
      }
    }
    const contentOf = ({ name, ...image }: (typeof contents)[number], digest: string) =>
      parseManifest(image.bytes, image.mediaType).layers[0]?.digest === digest
        ? 'shared'
        : `{"config":"${name}"}`;
    const mountFrom = (source: RepositoryScope, target: RepositoryScope, digest: string) =>
      mountBlob(facts, createRegistryFinder(facts), {
        scope: target,
        digest,
        candidates: [{ registry: 'acme', image: source.image }],
        isRegistryWide: false,
      });
    async function deleteOne(target: RepositoryScope): Promise<void> {
      const { digest } = pick(contents);
      await deleteArtifact(facts, { scope: target, digest, origin: ORIGIN }).catch((error) => {
        if (!isServiceError(error, 'MANIFEST_UNKNOWN', 'VERSION_CONFLICT')) throw error;
      });
    }

    let isOver = false;
    const actor = async (times: number, act: () => Promise<unknown>): Promise<void> => {
      for (let n = 0; n < times; n++) await act();
    };
    const sweeper = async (): Promise<void> => {
      while (!isOver) {
        fixture.advance(Math.floor(next() * GRACE_MS * 0.1));
        await sweep(facts);
        await new Promise(setImmediate);
      }
    };
    const sweepers = [sweeper(), sweeper()];
    await Promise.all([
      actor(8, () => pushAsClient(pick(scopes))),
      actor(8, () => pushAsClient(pick(scopes))),
      actor(10, () => deleteOne(pick(scopes))),
    ]);
    isOver = true;
    await Promise.all(sweepers);
    fixture.advance(GRACE_MS);
    await repair(facts);
    await sweepOut(fixture);

    const needed = new Set<string>();
    const neededLinks = new Set<string>();
    for (const target of scopes) {
      for (const { digest, bytes, mediaType } of contents) {
        const artifact = await facts.artifacts.get(artifactId(target.imageId, digest));
        if (artifact === null) continue;
        expect(artifact.state).toBe('live');
        for (const { digest: blob } of parseManifest(bytes, mediaType).blobs) {
          needed.add(blob);
          neededLinks.add(linkId(target.imageId, blob));
          expect(await facts.links.get(linkId(target.imageId, blob))).toMatchObject({ state: 'live' });
          const stored = await facts.blobs.get(blob);
          expect(stored).toMatchObject({ state: 'live' });
          expect(await facts.uploads.get(stored?.uploadId ?? '')).toMatchObject({ state: 'committed' });
        }
      }
    }
    expect(await storedNow(fixture)).toEqual({
      links: neededLinks.size,
      blobs: needed.size,
      uploads: needed.size,
    });
  },
);
