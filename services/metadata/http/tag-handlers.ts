import { IMAGE_ROUTES, TagTarget } from '@berth/contracts';
import {
  bodyReader,
  etag,
  type ManagementHandlers,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import { parseDigest } from '@berth/oci';
import { tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { deleteTag, tagNotFound } from '../tags/delete-tag.ts';
import { pointTag } from '../tags/point-tag.ts';
import { viewTags } from '../tags/view-tag.ts';
import { namedPage } from './named-page.ts';
import { imageOf, originOf } from './scope-of.ts';

type Handlers = Pick<ManagementHandlers<typeof IMAGE_ROUTES>, 'listTags' | 'getTag' | 'putTag' | 'deleteTag'>;

/** `…/images/{image}/tags` and each of them. */
export function tagHandlers(facts: Facts) {
  const readQuery = queryReader(IMAGE_ROUTES.listTags.query);
  const readTarget = bodyReader(TagTarget);

  return {
    async listTags(exchange) {
      const { scope } = await imageOf(facts, exchange);
      const query = readQuery(exchange.query);
      const isByTime = query.name === undefined && /^-?updatedAt$/.test(query.sort ?? '');
      const { items, next } = await facts.tags.page({
        index: isByTime ? 'byUpdated' : 'byImage',
        ...namedPage(query, { imageId: scope.imageId }),
      });
      sendJson(exchange.response, 200, { items: await viewTags(facts, items), next });
    },
    async getTag(exchange) {
      const { scope } = await imageOf(facts, exchange);
      const name = exchange.params.tag ?? '';
      const tag = await facts.tags.get(tagId(scope.imageId, name));
      if (!tag) throw tagNotFound(scope, name);
      const [body] = await viewTags(facts, [tag]);
      sendResource(exchange, { tag: etag(tag.version, body), body });
    },
    async putTag(exchange) {
      const { request, params } = exchange;
      const { scope } = await imageOf(facts, exchange);
      const { digest } = parseDigest((await readTarget(request)).digest);
      const { tag, isNew } = await pointTag(facts, {
        scope,
        tag: params.tag ?? '',
        digest,
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      const [body] = await viewTags(facts, [tag]);
      sendResource(exchange, { status: isNew ? 201 : 200, tag: etag(tag.version, body), body });
    },
    async deleteTag(exchange) {
      const { scope } = await imageOf(facts, exchange);
      await deleteTag(facts, {
        scope,
        tag: exchange.params.tag ?? '',
        origin: originOf(exchange),
        requireVersion: versionRequirement(exchange.request),
      });
      sendEmpty(exchange.response, 204);
    },
  } satisfies Handlers;
}
