import { artifactId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { ListedArtifact } from './find-referrer.ts';

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

/** The live artifacts whose subject is the digest, in the order of their digests; the subject itself may be missing. */
export async function listReferrers(
  facts: Facts,
  scope: RepositoryScope,
  query: ReferrersQuery,
): Promise<{ descriptors: ReferrerDescriptor[]; next?: string }> {
  const descriptors: ReferrerDescriptor[] = [];
  let after = query.after;
  for (let scanned = 0; scanned < SCANNED_AT_MOST; scanned += query.limit) {
    const page = await facts.artifacts.page({
      index: 'bySubject',
      equals: { subjectId: artifactId(scope.imageId, query.digest) },
      ...(after === undefined ? {} : { range: { gt: after } }),
      limit: query.limit,
    });
    for (const artifact of page.items) {
      after = artifact.digest;
      if (artifact.state === 'live' && isWanted(artifact, query)) descriptors.push(descriptorOf(artifact));
      if (descriptors.length === query.limit) return { descriptors, next: after };
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
    ...(annotations === undefined ? {} : { annotations }),
  };
}
