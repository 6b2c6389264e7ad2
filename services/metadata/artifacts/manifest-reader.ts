import type { BlobFacts } from '@berth/contracts';
import { LRUCache } from 'lru-cache';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { type BlobDigests, blobDigestsOf, readBlobs } from './blobs-of-artifact.ts';
import { type FoundManifest, findManifest } from './find-manifest.ts';

const TAGS_AT_MOST = 20_000;
const DIGESTS_AT_MOST = 100_000;

/**
 * Finds a manifest and where its blobs are. What it found of a reference the last time tells it what to read this time, so that tag,
 * artifact and blobs are read at the same time and not one after the other. It believes nothing of that: what turns out to be another is read anew.
 */
export interface ManifestReader {
  /** As `findManifest`; the blobs only where they are wanted. */
  read(
    scope: RepositoryScope,
    reference: string,
    options: { readonly withBlobs: boolean },
  ): Promise<FoundManifest & { readonly blobs: readonly BlobFacts[] }>;
}

export function createManifestReader(facts: Facts): ManifestReader {
  /** What tags pointed at. */
  const targets = new LRUCache<string, string>({ max: TAGS_AT_MOST });
  /** Of artifacts, which never name others. */
  const digests = new LRUCache<string, BlobDigests>({
    maxSize: DIGESTS_AT_MOST,
    sizeCalculation: (some) => some.length + 1,
  });

  return {
    async read(scope, reference, { withBlobs }) {
      const isTag = !reference.includes(':');
      const tag = isTag ? tagId(scope.imageId, reference) : undefined;
      const expected = tag === undefined ? artifactId(scope.imageId, reference) : targets.get(tag);
      const known = expected === undefined || !withBlobs ? undefined : digests.get(expected);
      const ahead = known && readBlobs(facts, known);
      const found = await findManifest(facts, scope, reference, tag === undefined ? undefined : expected);
      const { artifact } = found;
      if (tag !== undefined) targets.set(tag, artifact.id);
      if (!withBlobs) return { ...found, blobs: [] };
      if (ahead && artifact.id === expected) return { ...found, blobs: await ahead };
      const named = blobDigestsOf(facts, artifact);
      digests.set(artifact.id, named);
      return { ...found, blobs: await readBlobs(facts, named) };
    },
  };
}
