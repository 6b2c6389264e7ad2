import type { Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { findReferrer, type ListedArtifact } from './find-referrer.ts';

export interface ArtifactQuery {
  readonly imageId: string;
  /** Only those without a tag. */
  readonly untagged: boolean;
  /** Those that belong to another as well: children of an index, referrers, signatures by tag. */
  readonly attached: boolean;
  readonly limit: number;
  readonly after?: string | undefined;
}

const TAGS_SHOWN = 100;

/** An artifact with its tags, the first hundred of them. */
export interface TaggedArtifact {
  readonly artifact: ListedArtifact;
  readonly tags: readonly string[];
}

/** Live artifacts of an image, newest first. Filters look at one page of them, so a page may be short and have a next. */
export async function listArtifacts(facts: Facts, query: ArtifactQuery): Promise<Page<TaggedArtifact>> {
  const page = await facts.artifacts.page({
    index: 'byImage',
    equals: { imageId: query.imageId, state: 'live' },
    descending: true,
    limit: query.limit,
    ...(query.after === undefined ? {} : { after: query.after }),
  });
  const items: TaggedArtifact[] = [];
  for (const artifact of page.items) {
    const tagged = { artifact, tags: await tagsOf(facts, artifact.id) };
    if (await isWanted(facts, tagged, query)) items.push(tagged);
  }
  return { items, next: page.next };
}

export async function tagsOf(facts: Facts, artifactId: string): Promise<string[]> {
  const { items } = await facts.tags.page({ index: 'byArtifact', equals: { artifactId }, limit: TAGS_SHOWN });
  return items.map(({ name }) => name);
}

async function isWanted(facts: Facts, tagged: TaggedArtifact, query: ArtifactQuery): Promise<boolean> {
  if (query.untagged && tagged.tags.length > 0) return false;
  return query.attached || !(await isAttached(facts, tagged));
}

/** `sha256-<hex>`, also with a suffix: how signatures and the like are tagged where referrers are not supported. */
const ATTACHING_TAG = /^sha(256|512)-[0-9a-f]{64,128}(\.[a-z0-9]+)?$/;

/** Lives with its owner: a child of an index, a referrer, or named by the tags of signatures only. */
async function isAttached(facts: Facts, { artifact, tags }: TaggedArtifact): Promise<boolean> {
  if (artifact.subjectId !== undefined) return true;
  if (tags.length > 0) return tags.every((tag) => ATTACHING_TAG.test(tag));
  return (await findReferrer(facts, artifact.id)) !== null;
}
