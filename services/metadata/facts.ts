import type { Collection, DocumentStore, Joined } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import { type Artifact, artifacts } from './documents/artifact.ts';
import { type Blob, blobs, type Link, links } from './documents/blob.ts';
import { type DeletedArtifact, deletedArtifacts } from './documents/deleted-artifact.ts';
import { type Image, type ImageSummary, imageSummaries, images } from './documents/image.ts';
import { type ProtectionPolicy, protectionPolicies } from './documents/protection-policy.ts';
import { type PullStatistic, pullStatistics } from './documents/pull-statistic.ts';
import { type Registry, registries } from './documents/registry.ts';
import { type Tag, tags } from './documents/tag.ts';
import { type Upload, uploads } from './documents/upload.ts';

/** The moments between two writes at which a crash or a race is interesting; tests stop there. */
export type Step =
  | 'upload-committed'
  | 'blob-linked'
  | 'blob-missing'
  | 'link-condemned'
  | 'link-unneeded'
  | 'link-reviewed'
  | 'blob-unlinked'
  | 'blob-condemned'
  | 'blob-unneeded'
  | 'upload-under-review'
  | 'blob-removed'
  | 'upload-unnamed'
  | 'left-behind-kept'
  | 'artifact-pending'
  | 'artifact-checked'
  | 'registry-checked'
  | 'image-ensured'
  | 'tags-planned'
  | 'artifact-live'
  | 'tag-read'
  | 'target-checked'
  | 'tag-moved'
  | 'tags-unneeded'
  | 'artifact-guarded'
  | 'artifact-deleting'
  | 'artifact-untagged'
  | 'attached-deleted'
  | 'links-under-review'
  | 'bin-read'
  | 'artifact-restored'
  | 'artifact-purged'
  | 'artifact-returning'
  | 'image-empty'
  | 'image-condemned'
  | 'image-unneeded'
  | 'policy-created'
  | 'registry-guarded'
  | 'registry-deleting'
  | 'registry-decided';

export interface FactsSettings {
  /** How long an unreferenced link stays: touches are skipped while younger than a quarter of it. */
  readonly sweepGraceMs: number;
  /** How long a blob without links stays before it is removed. */
  readonly sweepQuarantineMs: number;
  /** How long an upload may stay open without a change. */
  readonly uploadTtlMs: number;
  /** How long a claimant may write without renewing. */
  readonly uploadLeaseMs: number;
  /** How long an artifact may stay pending or deleting before another copy repairs it. */
  readonly repairAfterMs: number;
  /** How long a deleted artifact can be restored; 0: not at all. */
  readonly recycleBinMs: number;
}

/** Everything the use cases work on: the collections, the clock, and what is configured. */
export interface Facts {
  readonly store: DocumentStore;
  readonly registries: Collection<Registry>;
  readonly images: Collection<Image>;
  readonly imageSummaries: Collection<ImageSummary>;
  readonly artifacts: Collection<Artifact>;
  readonly deletedArtifacts: Collection<DeletedArtifact>;
  readonly tags: Collection<Tag>;
  /** A tag by its id, with what it points at. */
  readonly tagWithArtifact: (id: string) => Promise<Joined<Tag, Artifact> | null>;
  readonly blobs: Collection<Blob>;
  readonly links: Collection<Link>;
  readonly uploads: Collection<Upload>;
  readonly protectionPolicies: Collection<ProtectionPolicy>;
  readonly pullStatistics: Collection<PullStatistic>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly settings: FactsSettings;
  readonly step: (step: Step) => Promise<void>;
  /** What readers remember of where blobs are counts no more. */
  readonly blobsWithdrawn: () => void;
}

export interface FactsOptions {
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly settings: FactsSettings;
  readonly step?: (step: Step) => Promise<void>;
  readonly blobsWithdrawn?: () => void;
}

/** Declares the collections on a store. */
export function openFacts(options: FactsOptions): Facts {
  const { store } = options;
  return {
    step: async () => {},
    blobsWithdrawn: () => {},
    ...options,
    registries: store.collection(registries),
    images: store.collection(images),
    imageSummaries: store.collection(imageSummaries),
    artifacts: store.collection(artifacts),
    deletedArtifacts: store.collection(deletedArtifacts),
    tags: store.collection(tags),
    tagWithArtifact: store.join(tags, 'artifactId', artifacts),
    blobs: store.collection(blobs),
    links: store.collection(links),
    uploads: store.collection(uploads),
    protectionPolicies: store.collection(protectionPolicies),
    pullStatistics: store.collection(pullStatistics),
  };
}

/** RFC 3339, UTC. */
export function timestamp(facts: Pick<Facts, 'clock'>): string {
  return new Date(facts.clock()).toISOString();
}
