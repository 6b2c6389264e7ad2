import type { Facts } from '../facts.ts';

/** The names of the images of a registry, by its id, in byte order. */
export async function scanImages(
  facts: Facts,
  query: { readonly registryId: string; readonly limit: number; readonly after?: string },
): Promise<{ readonly names: string[]; readonly next: string | null }> {
  const { registryId, ...page } = query;
  const { items, next } = await facts.images.page({ index: 'byRegistry', equals: { registryId }, ...page });
  return { names: items.map(({ name }) => name), next };
}
