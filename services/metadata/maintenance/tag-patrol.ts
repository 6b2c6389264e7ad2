import type { Page, Stored } from '@berth/document-store';
import { removeDanglingTags } from '../artifacts/delete-artifact.ts';
import type { Tag } from '../documents/tag.ts';
import { BERTH } from '../events.ts';
import type { Facts } from '../facts.ts';
import { scopeOfImage } from './scope-of-image.ts';

/**
 * Makes the round of all tags, some at each call, and removes those that point at nothing: whoever wrote one died before it
 * looked at the target again. Reading such a tag mends it at once; this is for lists. Returns how many pointed at nothing.
 */
export function createTagPatrol(facts: Facts, { tagsAtOnce = 500 } = {}): () => Promise<number> {
  let after: string | null = null;

  return async () => {
    const page: Page<Tag & Stored> = await facts.tags.page({
      index: 'id',
      limit: tagsAtOnce,
      ...(after === null ? {} : { after }),
    });
    let dangling = 0;
    const targets = await facts.artifacts.existing(page.items.map((tag) => tag.artifactId));
    for (const tag of page.items) {
      if (targets.has(tag.artifactId)) continue;
      await mend(facts, tag);
      dangling++;
    }
    after = page.next;
    return dangling;
  };
}

async function mend(facts: Facts, { imageId, digest, artifactId }: Tag): Promise<void> {
  const scope = await scopeOfImage(facts, imageId);
  await removeDanglingTags(facts, { scope, digest, origin: BERTH }, artifactId);
  facts.logger.info('tags that pointed at nothing removed', { artifact: artifactId });
}
