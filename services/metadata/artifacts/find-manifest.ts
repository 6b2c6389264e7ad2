import type { Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Tag } from '../documents/tag.ts';
import { BERTH } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { removeDanglingTags } from './delete-artifact.ts';
import { manifestUnknown } from './manifest-unknown.ts';

/** A live artifact and, when it was asked for by tag, the id of that tag. */
export interface FoundManifest {
  readonly artifact: Artifact & Stored;
  readonly tagId?: string;
}

const READS_AT_MOST = 20;

/** Resolves a tag or digest to the live artifact it names; MANIFEST_UNKNOWN alike for whatever is not visible. */
export async function findManifest(
  facts: Facts,
  scope: RepositoryScope,
  reference: string,
): Promise<FoundManifest> {
  if (!reference.includes(':')) return await findByTag(facts, scope, reference);
  const artifact = await facts.artifacts.get(artifactId(scope.imageId, reference));
  if (artifact?.state !== 'live') throw manifestUnknown(scope, reference);
  return { artifact };
}

/** A tag may be moved, and what it pointed at deleted, between the two reads: it is unknown only where it did not move. */
async function findByTag(facts: Facts, scope: RepositoryScope, name: string): Promise<FoundManifest> {
  const id = tagId(scope.imageId, name);
  let seen: (Tag & Stored) | undefined;
  for (let reads = 0; reads < READS_AT_MOST; reads++) {
    const found = await facts.tagWithArtifact(id);
    if (found === null) break;
    const { document: tag, named: artifact } = found;
    if (artifact?.state === 'live') return { artifact, tagId: id };
    if (tag.version === seen?.version) {
      if (!artifact) await dropDangling(facts, scope, tag);
      break;
    }
    seen = tag;
    await facts.step('tag-read');
  }
  throw manifestUnknown(scope, name);
}

/** Whoever wrote such a tag died before it looked at the target again. The answer is the same if that cannot be mended now. */
async function dropDangling(facts: Facts, scope: RepositoryScope, tag: Tag & Stored): Promise<void> {
  try {
    const deletion = { scope, digest: tag.digest, origin: BERTH };
    await removeDanglingTags(facts, deletion, tag.artifactId);
  } catch (error) {
    facts.logger.warn('a tag that points at nothing stays for now', { tag: tag.id, error });
  }
}
