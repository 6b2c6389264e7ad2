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
import { parseDigest } from '@berth/oci';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { findManifest } from '../artifacts/find-manifest.ts';
import { listArtifacts } from '../artifacts/list-artifacts.ts';
import { viewArtifact, viewArtifacts } from '../artifacts/view-artifact.ts';
import type { Facts } from '../facts.ts';
import { imageOf, originOf } from './scope-of.ts';

type Handlers = Pick<
  ManagementHandlers<typeof IMAGE_ROUTES>,
  'listArtifacts' | 'getArtifact' | 'deleteArtifact'
>;

/** `…/images/{image}/artifacts` and each of them. */
export function artifactHandlers(facts: Facts) {
  const readQuery = queryReader(IMAGE_ROUTES.listArtifacts.query);

  return {
    async listArtifacts(exchange) {
      const { scope } = await imageOf(facts, exchange);
      const { digest, ...query } = readQuery(exchange.query);
      const { items, next } = await listArtifacts(facts, {
        ...query,
        imageId: scope.imageId,
        ...(digest === undefined ? {} : { digest: parseDigest(digest).digest }),
      });
      sendJson(exchange.response, 200, { items: await viewArtifacts(facts, items), next });
    },
    async getArtifact(exchange) {
      const { scope } = await imageOf(facts, exchange);
      const { digest } = parseDigest(exchange.params.digest ?? '');
      const { artifact } = await findManifest(facts, scope, digest);
      const body = await viewArtifact(facts, scope, artifact);
      sendResource(exchange, { tag: etag(artifact.version, body), body });
    },
    async deleteArtifact(exchange) {
      const { scope } = await imageOf(facts, exchange);
      const { digest } = parseDigest(exchange.params.digest ?? '');
      await deleteArtifact(facts, {
        scope,
        digest,
        origin: originOf(exchange),
        withAttached: true,
        requireVersion: versionRequirement(exchange.request),
      });
      sendEmpty(exchange.response, 204);
    },
  } satisfies Handlers;
}
