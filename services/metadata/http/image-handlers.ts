import { type IMAGE_ROUTES, ServiceError, TagTarget } from '@berth/contracts';
import {
  bodyReader,
  etag,
  type ManagementHandlers,
  type PageQuery,
  parsePage,
  requireIfMatch,
  requireIfNoneMatch,
  sendJson,
} from '@berth/http';
import { parseDigest } from '@berth/oci';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { findManifest } from '../artifacts/find-manifest.ts';
import { listArtifacts } from '../artifacts/list-artifacts.ts';
import { viewArtifact, viewArtifacts } from '../artifacts/view-artifact.ts';
import { tagId } from '../documents/ids.ts';
import { deleteImage } from '../images/delete-image.ts';
import { viewImages } from '../images/view-image.ts';
import type { Metadata } from '../metadata.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { firstTags } from '../tags/first-tags.ts';
import { pointTag } from '../tags/point-tag.ts';
import { viewTags } from '../tags/view-tag.ts';
import { originOf, registryOf, scopeOf } from './scope-of.ts';

/** `/api/v1/registries/{registry}/images` and what is below. */
export function imageHandlers(metadata: Metadata) {
  const { facts } = metadata;
  const readTarget = bodyReader(TagTarget);

  return {
    async listImages(exchange) {
      const registry = await registryOf(metadata, exchange, exchange.identity);
      const page = await facts.images.page({
        index: 'byRegistry',
        ...byName(parsePage(exchange.query), { registryId: registry.id }),
      });
      sendJson(exchange.response, 200, {
        items: await viewImages(facts, registry, page.items),
        next: page.next,
      });
    },
    async getImage(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      const image = await facts.images.get(scope.imageId);
      if (!image) throw new ServiceError('IMAGE_NOT_FOUND', `image "${scope.image}" was deleted meanwhile`);
      const [view] = await viewImages(facts, scope.registry, [image]);
      sendJson(exchange.response, 200, view ?? {}, { ETag: etag(image.version) });
    },
    async deleteImage(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      await deleteImage(facts, scope, originOf(exchange));
      exchange.response.status(204).end();
    },
    async listArtifacts(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      const { query, response } = exchange;
      const one = query.get('digest') ?? query.get('tag');
      if (one !== null) {
        sendJson(response, 200, {
          items: await viewArtifacts(facts, await named(metadata, scope, one)),
          next: null,
        });
        return;
      }
      const page = await listArtifacts(facts, {
        ...parsePage(query),
        imageId: scope.imageId,
        untagged: query.get('untagged') === 'true',
        attached: query.get('attached') === 'true',
      });
      sendJson(response, 200, { items: await viewArtifacts(facts, page.items), next: page.next });
    },
    async getArtifact(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      const { digest } = parseDigest(exchange.params.digest ?? '');
      const { artifact } = await findManifest(facts, scope, digest);
      const view = await viewArtifact(facts, scope, artifact);
      sendJson(exchange.response, 200, view, { ETag: etag(artifact.version) });
    },
    async deleteArtifact(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      const { digest } = parseDigest(exchange.params.digest ?? '');
      await deleteArtifact(facts, { scope, digest, origin: originOf(exchange) });
      exchange.response.status(204).end();
    },
    async listTags(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      const page = await facts.tags.page({
        index: 'byImage',
        ...byName(parsePage(exchange.query), { imageId: scope.imageId }),
      });
      sendJson(exchange.response, 200, { items: await viewTags(facts, page.items), next: page.next });
    },
    async getTag(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      const name = exchange.params.tag ?? '';
      const tag = await facts.tags.get(tagId(scope.imageId, name));
      if (!tag) throw tagNotFound(name);
      const [view] = await viewTags(facts, [tag]);
      sendJson(exchange.response, 200, view ?? {}, { ETag: etag(tag.version) });
    },
    async putTag(exchange) {
      const { request, response, params, identity } = exchange;
      const scope = await scopeOf(metadata, exchange, identity);
      const name = params.tag ?? '';
      const current = await facts.tags.get(tagId(scope.imageId, name));
      requireIfMatch(request, current?.version);
      requireIfNoneMatch(request, current?.version);
      const { digest } = parseDigest((await readTarget(request)).digest);
      const tag = await pointTag(facts, { scope, tag: name, digest, origin: originOf(exchange) });
      const [view] = await viewTags(facts, [tag]);
      sendJson(response, current ? 200 : 201, view ?? {}, { ETag: etag(tag.version) });
    },
    async deleteTag(exchange) {
      const scope = await scopeOf(metadata, exchange, exchange.identity);
      await deleteTag(facts, { scope, tag: exchange.params.tag ?? '', origin: originOf(exchange) });
      exchange.response.status(204).end();
    },
  } satisfies ManagementHandlers<typeof IMAGE_ROUTES>;
}

/** A page of an index whose second field is the name. */
function byName({ limit, after, q, name }: PageQuery, equals: Record<string, string>) {
  return {
    equals: name === undefined ? equals : { ...equals, name },
    limit,
    ...(after === undefined ? {} : { after }),
    ...(q === undefined ? {} : { contains: { field: 'name', text: q } }),
  };
}

/** The artifact that a tag or digest names, as a list of one or none. */
async function named({ facts }: Metadata, scope: Parameters<typeof findManifest>[1], reference: string) {
  try {
    const { artifact } = await findManifest(facts, scope, reference);
    return [{ artifact, tags: await firstTags(facts, artifact.id) }];
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'MANIFEST_UNKNOWN') return [];
    throw error;
  }
}

function tagNotFound(name: string): ServiceError {
  return new ServiceError('TAG_NOT_FOUND', `tag "${name.slice(0, 200)}" does not exist`);
}
