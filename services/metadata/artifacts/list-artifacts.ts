import type { Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { firstTags } from '../tags/first-tags.ts';
import { isAttached } from './attached.ts';
import type { ListedArtifact } from './find-referrer.ts';

export interface ArtifactQuery {
  readonly imageId: string;
  /** Only those without a tag. */
  readonly untagged: boolean;
  /** Those that belong to another as well: children of an index, referrers, signatures by tag. */
  readonly attached: boolean;
  readonly limit: number;
  readonly after?: string | undefined;
}

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
    const tagged = { artifact, tags: await firstTags(facts, artifact.id) };
    if (await isWanted(facts, tagged, query)) items.push(tagged);
  }
  return { items, next: page.next };
}

async function isWanted(facts: Facts, tagged: TaggedArtifact, query: ArtifactQuery): Promise<boolean> {
  if (query.untagged && tagged.tags.length > 0) return false;
  return query.attached || !(await isAttached(facts, tagged.artifact, tagged.tags));
}
