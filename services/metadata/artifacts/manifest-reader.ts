import type { BlobFacts } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { type FoundManifest, findManifest } from './find-manifest.ts';
import { createKnownBlobs } from './known-blobs.ts';

/** Finds a manifest and where its blobs are. */
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
  const blobs = createKnownBlobs(facts, now);
  return {
    async read(scope, reference, { withBlobs }) {
      const askedAt = blobs.now();
      const found = await findManifest(facts, scope, reference);
      return { ...found, blobs: withBlobs ? await blobs.of(found.artifact, askedAt) : [] };
    },
    forgetBlobs: blobs.forget,
  };
}
