import { type Collection, type Page, type Stored, writePastConflicts } from '@berth/document-store';
import type { Facts } from '../facts.ts';

interface Expiring {
  readonly userId: string;
  readonly expiresAt: number;
}

/** Removes all but the `most` of a user that end last, relaxed: should the machine lose that, the next one made does it. */
export async function removeOldest<Body extends Expiring>(
  facts: Pick<Facts, 'store'>,
  { of: collection, userId, most }: { of: Collection<Body>; userId: string; most: number },
): Promise<void> {
  const query = { index: 'byUser', equals: { userId }, descending: true, limit: most };
  let { next } = await collection.page(query);
  while (next !== null) {
    const page: Page<Body & Stored> = await collection.page({ ...query, after: next });
    await writePastConflicts(
      facts,
      page.items.map((old) => collection.write.remove(old, { relaxed: true })),
    );
    next = page.next;
  }
}
