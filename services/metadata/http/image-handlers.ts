import { IMAGE_ROUTES } from '@berth/contracts';
import {
  etag,
  imageToPath,
  type ManagementHandlers,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { Facts } from '../facts.ts';
import { deleteImage } from '../images/delete-image.ts';
import { finishImageDeletion } from '../images/finish-image-deletion.ts';
import { viewImages } from '../images/view-image.ts';
import type { RepositoryScope } from '../repository-scope.ts';
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
    async deleteImage(exchange) {
      const { scope } = await imageOf(facts, exchange);
      const deleting = await deleteImage(facts, {
        scope,
        origin: originOf(exchange),
        requireVersion: versionRequirement(exchange.request),
      });
      if (deleting === null) {
        sendEmpty(exchange.response, 204);
        return;
      }
      const [body] = await viewImages(facts, scope.registry, [deleting]);
      const image = `${scope.registry.name}/${scope.image}`;
      void finishImageDeletion(facts, scope).catch((error: unknown) =>
        facts.logger.warn('image deletion goes on with the next repair', { image, error }),
      );
      const headers = { Location: locationOf(scope) };
      sendResource(exchange, { status: 202, tag: etag(deleting.version, body), body, headers });
    },
  } satisfies Handlers;
}

function locationOf({ registry, image }: RepositoryScope): string {
  return `/api/v1/registries/${registry.name}/images/${imageToPath(image)}`;
}
