import type { Page } from '@berth/document-store';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { firstTags } from '../tags/first-tags.ts';
import { isAttached } from './attached.ts';
import type { ListedArtifact } from './find-referrer.ts';

export interface ArtifactQuery {
  readonly imageId: string;
  /** The one that this tag points at. */
  readonly tag?: string;
  readonly digest?: string;
  /** Only those without a tag. */
  readonly untagged?: boolean;
  /** Those that belong to another as well: children of an index, referrers, signatures by tag. */
  readonly attached?: boolean;
  /** By time, newest first unless it is `pushedAt`. */
  readonly sort?: string;
  readonly limit: number;
  readonly after?: string;
}

/** How many artifacts one page looks at: with a filter, a page may be short. */
const SCANNED_AT_MOST = 500;

/** An artifact with its tags, the first hundred of them. */
export interface TaggedArtifact {
  readonly artifact: ListedArtifact;
  readonly tags: readonly string[];
}

/**
 * Live artifacts of an image, newest first; filters look at a bounded number, so that a page may be short and have a
 * next. One that is asked for by tag or digest is found whether it is attached or not.
 */
export async function listArtifacts(facts: Facts, query: ArtifactQuery): Promise<Page<TaggedArtifact>> {
  if (query.tag !== undefined || query.digest !== undefined)
    return { items: await named(facts, query), next: null };
  const items: TaggedArtifact[] = [];
  let after: string | null = query.after ?? null;
  let looked = 0;
  let isCut = false;
  do {
    const limit = query.limit - items.length;
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byImage',
      equals: { imageId: query.imageId, state: 'live' },
      descending: query.sort !== 'pushedAt',
      limit,
      ...(after === null ? {} : { after }),
    });
    for (const artifact of page.items) {
      const tagged = { artifact, tags: await firstTags(facts, artifact.id) };
      if (await isWanted(facts, tagged, query)) items.push(tagged);
    }
    looked += page.items.length;
    isCut = page.items.length < limit; // they are large: no more of them at once
    after = page.next;
  } while (after !== null && !isCut && items.length < query.limit && looked < SCANNED_AT_MOST);
  return { items, next: after };
}

/** The artifact that tag and digest name, as a list of one or none. */
async function named(facts: Facts, { imageId, tag, digest, untagged }: ArtifactQuery) {
  const pointed = tag === undefined ? undefined : await facts.tags.get(tagId(imageId, tag));
  if (pointed === null || (pointed && digest !== undefined && pointed.digest !== digest)) return [];
  const artifact = await facts.artifacts.get(artifactId(imageId, pointed?.digest ?? digest ?? ''));
  if (artifact?.state !== 'live') return [];
  const tags = await firstTags(facts, artifact.id);
  return untagged && tags.length > 0 ? [] : [{ artifact, tags }];
}

async function isWanted(facts: Facts, tagged: TaggedArtifact, query: ArtifactQuery): Promise<boolean> {
  if (query.untagged && tagged.tags.length > 0) return false;
  return query.attached || !(await isAttached(facts, tagged.artifact, tagged.tags));
}
