import { IMAGE_ROUTES } from '@berth/contracts';
import { type ManagementHandlers, queryReader, sendEmpty, sendJson } from '@berth/http';
import { parseDigest } from '@berth/oci';
import type { Facts } from '../facts.ts';
import { findInBin } from '../recycle-bin/find-in-bin.ts';
import { listDeleted } from '../recycle-bin/list-deleted.ts';
import { purgeArtifact } from '../recycle-bin/purge-artifact.ts';
import { restoreArtifact } from '../recycle-bin/restore-artifact.ts';
import { viewDeleted } from '../recycle-bin/view-deleted.ts';
import { activeRegistryOf, originOf, scopeOf } from './scope-of.ts';

type Handlers = Pick<
  ManagementHandlers<typeof IMAGE_ROUTES>,
  'listDeletedArtifacts' | 'listDeletedInRegistry' | 'restoreArtifact' | 'purgeArtifact'
>;

/** `…/images/{image}/deleted` and each of them, and `/api/v1/registries/{registry}/deleted`. */
export function recycleBinHandlers(facts: Facts) {
  const readQuery = queryReader(IMAGE_ROUTES.listDeletedArtifacts.query);

  return {
    async listDeletedArtifacts(exchange) {
      const { imageId } = await scopeOf(facts, exchange);
      const { items, next } = await listDeleted(facts, { imageId }, readQuery(exchange.query));
      sendJson(exchange.response, 200, { items: items.map(viewDeleted), next });
    },
    async listDeletedInRegistry(exchange) {
      const { id: registryId } = await activeRegistryOf(facts, exchange);
      const { items, next } = await listDeleted(facts, { registryId }, readQuery(exchange.query));
      sendJson(exchange.response, 200, { items: items.map(viewDeleted), next });
    },
    async restoreArtifact(exchange) {
      const scope = await scopeOf(facts, exchange);
      const { digest } = parseDigest(exchange.params.digest ?? '');
      const restored = await restoreArtifact(facts, { scope, digest, origin: originOf(exchange) });
      sendJson(exchange.response, 200, restored);
    },
    async purgeArtifact(exchange) {
      const scope = await scopeOf(facts, exchange);
      const { digest } = parseDigest(exchange.params.digest ?? '');
      const deleted = await findInBin(facts, scope, digest);
      await purgeArtifact(facts, { scope, deleted, origin: originOf(exchange) });
      sendEmpty(exchange.response, 204);
    },
  } satisfies Handlers;
}
