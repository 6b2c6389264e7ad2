import { IMAGE_ROUTES } from '@berth/contracts';
import {
  etag,
  type ManagementHandlers,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { Facts } from '../facts.ts';
import { deleteImage } from '../images/delete-image.ts';
import { viewImages } from '../images/view-image.ts';
import { namedPage } from './named-page.ts';
import { activeRegistryOf, imageOf, originOf } from './scope-of.ts';

type Handlers = Pick<ManagementHandlers<typeof IMAGE_ROUTES>, 'listImages' | 'getImage' | 'deleteImage'>;

/** `/api/v1/registries/{registry}/images` and each of them. */
export function imageHandlers(facts: Facts) {
  const readQuery = queryReader(IMAGE_ROUTES.listImages.query);

  return {
    async listImages(exchange) {
      const registry = await activeRegistryOf(facts, exchange);
      const query = namedPage(readQuery(exchange.query), { registryId: registry.id });
      const { items, next } = await facts.images.page({ index: 'byRegistry', ...query });
      sendJson(exchange.response, 200, { items: await viewImages(facts, registry, items), next });
    },
    async getImage(exchange) {
      const { scope, image } = await imageOf(facts, exchange);
      const [body] = await viewImages(facts, scope.registry, [image]);
      sendResource(exchange, { tag: etag(image.version, body), body });
    },
    /** By the version at the beginning: an image's document says nothing that a push or another deletion could change. */
    async deleteImage(exchange) {
      const { scope, image } = await imageOf(facts, exchange);
      versionRequirement(exchange.request)(image.version);
      await deleteImage(facts, scope, originOf(exchange));
      sendEmpty(exchange.response, 204);
    },
  } satisfies Handlers;
}
