import { ServiceError } from '@berth/contracts';
import { attachingTagsOf } from '@berth/oci';
import type { Facts } from '../facts.ts';

/** An artifact that is to go because its owner goes. */
export interface AttachedArtifact {
  readonly id: string;
  readonly digest: string;
  readonly subjectId?: string | undefined;
  /** The id of the owner. */
  readonly attachedTo: string;
}

/** More tags than can attach an artifact to one owner: so one page says whether there are others. */
const ENOUGH_TAGS = 5;

/**
 * Refuses to delete an artifact along with its owner when something else keeps it: a tag that does not only attach it to
 * that owner, a subject of its own that is live, or the owner, which somebody pushed again. ARTIFACT_REFERENCED.
 */
export async function assertUnkept(facts: Facts, artifact: AttachedArtifact): Promise<void> {
  const { id, digest, subjectId, attachedTo } = artifact;
  const attaching = attachingTagsOf(attachedTo.slice(attachedTo.lastIndexOf('@') + 1));
  const tags = await facts.tags.page({
    index: 'byArtifact',
    equals: { artifactId: id },
    limit: ENOUGH_TAGS,
  });
  const keeping = tags.items.find(({ name }) => !attaching.includes(name));
  if (keeping) throw kept(digest, `tag "${keeping.name}"`);
  const owner = await facts.artifacts.get(attachedTo);
  if (owner && owner.state !== 'deleting') throw kept(digest, `its owner ${owner.digest}`);
  if (subjectId === undefined || subjectId === attachedTo) return;
  const subject = await facts.artifacts.get(subjectId);
  if (subject?.state === 'live') throw kept(digest, `its subject ${subject.digest}`);
}

function kept(digest: string, by: string): ServiceError {
  return new ServiceError('ARTIFACT_REFERENCED', `manifest ${digest} is kept by ${by}`, {
    detail: { digest },
  });
}
