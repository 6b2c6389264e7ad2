import { Buffer } from 'node:buffer';
import { artifactId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { ListedArtifact } from './find-referrer.ts';
import { keptAnnotations } from './kept-annotations.ts';

/** An entry of the referrers index (OCI end-12a), with the artifact's annotations. */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
}

export interface ReferrersQuery {
  readonly digest: string;
  readonly artifactType?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** How many artifacts one request looks through for its page: with a filter, a page may be short. */
const SCANNED_AT_MOST = 1_000;
const BATCH = 25;
/** Of JSON: what a page may be, unless a single descriptor is more. */
const PAGE_BYTES = 1024 * 1024;

/**
 * The live artifacts whose subject is the digest, in the order of their digests; the subject itself may be missing. A page
 * ends at the limit or at 1 MiB, whichever comes first; then it has a `next`.
 */
export async function listReferrers(
  facts: Facts,
  scope: RepositoryScope,
  query: ReferrersQuery,
): Promise<{ descriptors: ReferrerDescriptor[]; next?: string }> {
  const descriptors: ReferrerDescriptor[] = [];
  let bytes = 0;
  let after = query.after;
  for (let scanned = 0; scanned < SCANNED_AT_MOST; scanned += BATCH) {
    const page = await facts.artifacts.page({
      index: 'bySubject',
      equals: { subjectId: artifactId(scope.imageId, query.digest) },
      ...(after === undefined ? {} : { range: { gt: after } }),
      limit: BATCH,
    });
    for (const artifact of page.items) {
      if (artifact.state === 'live' && isWanted(artifact, query)) {
        const descriptor = descriptorOf(artifact);
        bytes += Buffer.byteLength(JSON.stringify(descriptor));
        const isFull = descriptors.length === query.limit || (bytes > PAGE_BYTES && descriptors.length > 0);
        if (isFull && after !== undefined) return { descriptors, next: after };
        descriptors.push(descriptor);
      }
      after = artifact.digest;
    }
    if (page.next === null || after === undefined) return { descriptors };
  }
  return after === undefined ? { descriptors } : { descriptors, next: after };
}

function isWanted(artifact: ListedArtifact, query: ReferrersQuery): boolean {
  return query.artifactType === undefined || artifact.artifactType === query.artifactType;
}

function descriptorOf(artifact: ListedArtifact): ReferrerDescriptor {
  const { mediaType, digest, manifestBytes, artifactType, annotations } = artifact;
  return {
    mediaType,
    digest,
    size: manifestBytes,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations: keptAnnotations(annotations) }),
  };
}
