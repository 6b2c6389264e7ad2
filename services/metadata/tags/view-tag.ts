import type { TagResource } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Tag } from '../documents/tag.ts';
import type { Facts } from '../facts.ts';

/** Tags as the management API shows them. */
export async function viewTags(facts: Facts, tags: readonly (Tag & Stored)[]): Promise<TagResource[]> {
  const pulls = await facts.pullStatistics.getMany(tags.map(({ id }) => id));
  return tags.map(({ id, name, digest, createdAt, updatedAt, createdBy }, index) => ({
    id,
    name,
    digest,
    lastPulledAt: pulledTime(pulls[index]?.lastPulledAt),
    createdAt,
    updatedAt,
    createdBy,
  }));
}

/** RFC 3339, or null for never. */
export function pulledTime(lastPulledAt: number | undefined): string | null {
  return lastPulledAt === undefined ? null : new Date(lastPulledAt).toISOString();
}
