import type { Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { manifestUnknown } from './manifest-unknown.ts';

/** A live artifact and, when it was asked for by tag, the id of that tag. */
export interface FoundManifest {
  readonly artifact: Artifact & Stored;
  readonly tagId?: string;
}

/** Resolves a tag or digest to the live artifact it names; MANIFEST_UNKNOWN alike for whatever is not visible. */
export async function findManifest(
  facts: Facts,
  scope: RepositoryScope,
  reference: string,
): Promise<FoundManifest> {
  if (reference.includes(':')) {
    return { artifact: await requireLive(facts, scope, { digest: reference, reference }) };
  }
  const tag = await facts.tags.get(tagId(scope.imageId, reference));
  if (!tag) throw manifestUnknown(scope, reference);
  return { artifact: await requireLive(facts, scope, { digest: tag.digest, reference }), tagId: tag.id };
}

async function requireLive(
  facts: Facts,
  scope: RepositoryScope,
  wanted: { digest: string; reference: string },
) {
  const artifact = await facts.artifacts.get(artifactId(scope.imageId, wanted.digest));
  if (artifact?.state !== 'live') throw manifestUnknown(scope, wanted.reference);
  return artifact;
}
