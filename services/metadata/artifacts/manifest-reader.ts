import type { BlobFacts } from '@berth/contracts';
import { LRUCache } from 'lru-cache';
import { tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { type FoundManifest, findManifest } from './find-manifest.ts';
import { createKnownBlobs } from './known-blobs.ts';

const TAGS_AT_MOST = 20_000;

/**
 * Finds a manifest and where its blobs are. What a tag pointed at the last time is read along with it this time, and believed only
 * where it still does.
 */
export interface ManifestReader {
  /** As `findManifest`; the blobs only where they are wanted. */
  read(
    scope: RepositoryScope,
    reference: string,
    options: { readonly withBlobs: boolean },
  ): Promise<FoundManifest & { readonly blobs: readonly BlobFacts[] }>;
  /** Where blobs are is read anew. */
  forgetBlobs(): void;
}

export function createManifestReader(facts: Facts, now?: () => number): ManifestReader {
  const targets = new LRUCache<string, string>({ max: TAGS_AT_MOST });
  const blobs = createKnownBlobs(facts, now);
  return {
    async read(scope, reference, { withBlobs }) {
      const askedAt = blobs.now();
      const tag = reference.includes(':') ? undefined : tagId(scope.imageId, reference);
      const found = await findManifest(facts, scope, reference, tag && targets.get(tag));
      if (tag !== undefined) targets.set(tag, found.artifact.id);
      return { ...found, blobs: withBlobs ? await blobs.of(found.artifact, askedAt) : [] };
    },
    forgetBlobs: blobs.forget,
  };
}
