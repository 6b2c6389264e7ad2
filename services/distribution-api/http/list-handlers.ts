import { listReferrers, listTags, visibleRegistries } from '@berth/contracts';
import { sendEmpty, sendJson } from '@berth/http';
import { MEDIA_TYPES } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { catalogPage } from './catalog-page.ts';
import { digestOfPath, nextLink, pageSize, type RegistryHandler, repositoryOf } from './exchange.ts';
import { API_VERSION } from './oci-errors.ts';

const REFERRERS_PAGE = 100;

/** Ping, catalog, tags and referrers (end-1, end-8, end-12). */
export function listHandlers({ bus }: Distribution) {
  const ping: RegistryHandler = async ({ response }) => sendJson(response, 200, {}, API_VERSION);

  return {
    ping,
    pingHead: async ({ response }) => sendEmpty(response, 200, API_VERSION),
    async catalog(exchange) {
      const { query, response, identity } = exchange;
      const limit = pageSize(query);
      const last = query.get('last');
      const { all, registryIds } = await bus.call(
        visibleRegistries,
        { principal: identity.principal },
        exchange,
      );
      const page = await catalogPage(
        bus,
        { all, registryIds, limit, ...(last !== null && { last: last.slice(0, 512) }) },
        exchange,
      );
      const end = page.names.at(-1);
      const link =
        page.hasMore && end !== undefined ? nextLink('/v2/_catalog', { n: String(limit), last: end }) : {};
      sendJson(response, 200, { repositories: page.names }, { ...API_VERSION, ...link });
    },
    async tagsList(exchange) {
      const { query, response, params } = exchange;
      const limit = pageSize(query);
      const last = query.get('last');
      const page = await bus.call(
        listTags,
        { repository: repositoryOf(exchange), limit, ...(last !== null && { last: last.slice(0, 1024) }) },
        exchange,
      );
      const end = page.tags.at(-1);
      const path = `/v2/${params.name}/tags/list`;
      const link = page.hasMore && end !== undefined ? nextLink(path, { n: String(limit), last: end }) : {};
      sendJson(response, 200, { name: params.name, tags: page.tags }, { ...API_VERSION, ...link });
    },
    async referrers(exchange) {
      const { query, response, params } = exchange;
      const digest = digestOfPath(exchange);
      const artifactType = query.get('artifactType')?.slice(0, 255);
      const after = query.get('after')?.slice(0, 1024);
      const filter = artifactType ? { artifactType } : {};
      const page = await bus.call(
        listReferrers,
        {
          repository: repositoryOf(exchange),
          digest,
          limit: REFERRERS_PAGE,
          ...filter,
          ...(after ? { after } : {}),
        },
        exchange,
      );
      const path = `/v2/${params.name}/referrers/${digest}`;
      sendJson(
        response,
        200,
        { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: page.descriptors },
        {
          ...API_VERSION,
          'Content-Type': MEDIA_TYPES.ociIndex,
          ...(artifactType ? { 'OCI-Filters-Applied': 'artifactType' } : {}),
          ...(page.next === undefined ? {} : nextLink(path, { ...filter, after: page.next })),
        },
      );
    },
  } satisfies Record<string, RegistryHandler>;
}
