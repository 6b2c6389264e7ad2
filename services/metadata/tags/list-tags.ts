import { ServiceError } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** Tag names in byte order after `last` (OCI end-8b). NAME_UNKNOWN when nothing was ever pushed to the image. */
export async function listTags(
  facts: Facts,
  scope: RepositoryScope,
  query: { last?: string | undefined; limit: number },
): Promise<{ tags: string[]; hasMore: boolean }> {
  const page = await facts.tags.page({
    index: 'byImage',
    equals: { imageId: scope.imageId },
    ...(query.last === undefined ? {} : { range: { gt: query.last } }),
    limit: query.limit,
  });
  if (page.items.length === 0 && !(await facts.images.get(scope.imageId))) {
    const name = `${scope.registry.name}/${scope.image}`;
    throw new ServiceError('NAME_UNKNOWN', `image "${name}" does not exist; the first push makes it`);
  }
  return { tags: page.items.map(({ name }) => name), hasMore: page.next !== null };
}
