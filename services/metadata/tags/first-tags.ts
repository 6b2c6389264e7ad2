import type { Facts } from '../facts.ts';

const TAGS_AT_MOST = 100;

/** The names of the tags of an artifact, the first hundred in byte order. */
export async function firstTags(facts: Facts, artifactId: string): Promise<string[]> {
  const { items } = await facts.tags.page({
    index: 'byArtifact',
    equals: { artifactId },
    limit: TAGS_AT_MOST,
  });
  return items.map(({ name }) => name);
}
