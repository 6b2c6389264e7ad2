import { isAttachingTag } from '@berth/oci';
import { hasParent, isAttached } from '../artifacts/attached.ts';
import { readListed } from '../artifacts/read-listed.ts';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';
import { firstTags } from '../tags/first-tags.ts';

/** So many children of an index are looked at; those beyond are counted as if they were none. */
const CHILDREN_AT_MOST = 1_000;

/**
 * By how much the count of an image's artifacts changes when an artifact gets and loses tags: one that is attached is not
 * counted. As known now, without a write, so that a race may leave the count one off.
 */
export async function countOfTagging(
  facts: Facts,
  artifactId: string,
  change: {
    readonly added?: readonly string[];
    readonly removed?: readonly string[];
    /** It becomes a child of an index at the same moment. */
    readonly isAdopted?: boolean;
  },
): Promise<number> {
  const { added = [], removed = [], isAdopted = false } = change;
  const before = await firstTags(facts, artifactId);
  const after = [...before.filter((name) => !removed.includes(name)), ...added];
  const hasPlain = (names: readonly string[]) => names.some((name) => !isAttachingTag(name));
  if (hasPlain(before) && hasPlain(after)) return 0;
  const artifact = await readListed(facts, artifactId);
  if (!artifact) return 0;
  const wasAttached = await isAttached(facts, artifact, before);
  const staysWithIndex = after.length === 0 && isAdopted;
  return Number(wasAttached) - Number(staysWithIndex || (await isAttached(facts, artifact, after)));
}

/** How many an artifact that becomes live with these tags adds to the count: itself, less the children that now have an owner. */
export async function countOfArtifact(
  facts: Facts,
  artifact: Omit<Artifact, 'bytes'> & { readonly id: string },
  tags: readonly string[],
): Promise<number> {
  const own = (await isAttached(facts, artifact, tags)) ? 0 : 1;
  return artifact.kind === 'index' ? own - (await countChildren(facts, artifact)) : own;
}

/** Children that are attached to this index and to nothing else. */
async function countChildren(
  facts: Facts,
  { id: index, references }: Pick<Artifact, 'references'> & { readonly id: string },
): Promise<number> {
  let count = 0;
  for (const id of references.slice(0, CHILDREN_AT_MOST)) {
    const child = await readListed(facts, id);
    if (!child || child.state === 'pending' || child.subjectId !== undefined) continue;
    if ((await firstTags(facts, id)).length > 0 || (await hasParent(facts, id, index))) continue;
    count++;
  }
  return count;
}
