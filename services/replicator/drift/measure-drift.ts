import type { ReplicationDriftResource } from '@berth/contracts';
import { compileFilter } from '@berth/globs';
import { type Digest, isAttachingTag } from '@berth/oci';
import { isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import type { LocalRegistries } from '../ports.ts';
import { imagesOf, imagesOfDestination } from '../runs/images-of.ts';
import type { Sides } from '../tasks/sides-of.ts';
import { type DriftPosition, type DriftSide, driftCursor, parseDriftCursor } from './drift-cursor.ts';

export interface DriftQuery {
  /** So many tags are looked at. */
  readonly limit: number;
  readonly after?: string | undefined;
}

type Difference = ReplicationDriftResource['items'][number];
type Counts = ReplicationDriftResource['counts'];
type State = keyof Counts;

/** Tags that are asked for at once, each with a HEAD on both sides. */
const AT_ONCE = 8;
/** Then a page ends, however few tags it has. */
const PAGE_MS = 20_000;
const SIDES: readonly DriftSide[] = ['source', 'destination'];

/** Answers to one who may not list repositories or tags, or of a registry that does not. */
const WITHOUT_LIST = [401, 403, 405];

/**
 * What differs between both sides of a policy, by tag and digest: nothing but lists of images and tags, and HEADs of
 * tags, for which at the destination the right to push suffices. Where the destination lists no images or tags, those of
 * the source are looked at. Each tag of the source is looked for at the destination, then each of the destination at the
 * source; a page looks at a bounded number of them, for a bounded time. RegistryClientError; PAGE_INVALID.
 */
export async function measureDrift(
  { local, clock }: { readonly local: LocalRegistries; readonly clock: () => number },
  sides: Sides,
  { limit, after }: DriftQuery,
): Promise<ReplicationDriftResource> {
  const from = after === undefined ? null : parseDriftCursor(after);
  const until = clock() + PAGE_MS;
  const counts: Counts = { same: 0, missing: 0, different: 0, extra: 0 };
  const items: Difference[] = [];
  let looked = 0;
  const wanted = await wantedImages(local, sides, from);
  let { areDestinationImagesKnown } = wanted;
  for (const image of wanted.images) {
    for (const side of SIDES) {
      const begun = beginningOf({ image, side }, from);
      if (begun === null) continue;
      const listed = await tagsAfter(sides, { image, side, tag: begun });
      if (listed === null) areDestinationImagesKnown = false;
      const tags = listed ?? [];
      for (let index = 0; index < tags.length; index += AT_ONCE) {
        if (looked >= limit || clock() > until) {
          const tag = tags[index - 1] ?? begun;
          if (tag !== '')
            return { items, counts, areDestinationImagesKnown, next: driftCursor({ image, side, tag }) };
        }
        const batch = tags.slice(index, index + AT_ONCE);
        const found = await Promise.all(batch.map((tag) => compare(sides, { image, side, tag })));
        looked += batch.length;
        for (const difference of found) {
          if (difference === null) continue;
          counts[difference.state] += 1;
          if (difference.state !== 'same') items.push({ ...difference, state: difference.state });
        }
      }
    }
  }
  return { items, counts, areDestinationImagesKnown, next: null };
}

/** Of both sides, from the image of the position on, in the order of their names. */
async function wantedImages(local: LocalRegistries, sides: Sides, from: DriftPosition | null) {
  const isImage = compileFilter(sides.policy.images);
  const images = new Set<string>();
  const add = async (some: AsyncIterable<string>): Promise<void> => {
    for await (const image of some)
      if (isImage(image) && (from === null || image >= from.image)) images.add(image);
  };
  await add(imagesOf(local, sides));
  const areDestinationImagesKnown = await add(imagesOfDestination(local, sides)).then(
    () => true,
    (error: unknown) => {
      if (isRegistryClientError(error, ...WITHOUT_LIST, 404)) return false;
      throw error;
    },
  );
  return { images: [...images].sort(), areDestinationImagesKnown };
}

/** After which tag a side of an image is to be looked at; null where that is done. */
function beginningOf({ image, side }: Omit<DriftPosition, 'tag'>, from: DriftPosition | null): string | null {
  if (from?.image !== image) return '';
  if (from.side === side) return from.tag;
  return side === 'destination' ? '' : null;
}

/**
 * All that the policy wants, in byte order, which not every registry lists them in; none of an image that is not there. Null where
 * the destination does not list them.
 */
async function tagsAfter(sides: Sides, { image, side, tag: after }: DriftPosition): Promise<string[] | null> {
  const isTag = compileFilter(sides.policy.tags);
  const { client, repository } = endOf(sides, side, image);
  const tags: string[] = [];
  try {
    for await (const tag of client.lists.tags(repository, { pageSize: 1_000, ...(after && { last: after }) }))
      if (tag > after && isTag(tag) && !isAttachingTag(tag)) tags.push(tag);
  } catch (error) {
    if (side === 'destination' && isRegistryClientError(error, ...WITHOUT_LIST)) return null;
    if (!isRegistryClientError(error, 404)) throw error;
  }
  return tags.sort();
}

/** Null for one that went away meanwhile, and for one of the destination that the source has too: that was counted there. */
async function compare(
  sides: Sides,
  { image, side, tag }: DriftPosition,
): Promise<(Omit<Difference, 'state'> & { readonly state: State }) | null> {
  const [source, destination] = await Promise.all([
    digestAt(endOf(sides, 'source', image), tag),
    digestAt(endOf(sides, 'destination', image), tag),
  ]);
  const found = {
    ...{ image, tag },
    ...(source !== null && { sourceDigest: source }),
    ...(destination !== null && { destinationDigest: destination }),
  };
  if (side === 'destination')
    return source === null && destination !== null ? { ...found, state: 'extra' } : null;
  if (source === null) return null;
  if (destination === null) return { ...found, state: 'missing' };
  return { ...found, state: source === destination ? 'same' : 'different' };
}

interface End {
  readonly side: DriftSide;
  readonly client: RegistryClient;
  readonly repository: string;
}

function endOf(sides: Sides, side: DriftSide, image: string): End {
  return side === 'source'
    ? { side, client: sides.source, repository: sides.sourceOf(image) }
    : { side, client: sides.destination, repository: sides.destinationOf(image) };
}

async function digestAt({ side, client, repository }: End, tag: string): Promise<Digest | null> {
  const found = await client.manifests.head(repository, tag, { isPush: side === 'destination' });
  if (found === null) return null;
  return found.digest ?? (await client.manifests.get(repository, tag)).digest;
}
