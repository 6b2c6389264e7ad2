import type { Facts } from '../facts.ts';

const TAGS_AT_MOST = 100;

/** The names of the tags of an artifact, the first in byte order. */
export async function firstTags(facts: Facts, artifactId: string, limit = TAGS_AT_MOST): Promise<string[]> {
  const { items } = await facts.tags.page({
    index: 'byArtifact',
    equals: { artifactId },
    limit,
  });
  return items.map(({ name }) => name);
}
