import { randomUUID } from 'node:crypto';
import { EndpointCreation, EndpointPatch, REPLICATION_ROUTES } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  type Exchange,
  etag,
  formatPath,
  type ManagementHandlers,
  type ManagementIdentity,
  patchReader,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { EndpointDocument } from '../documents/endpoint.ts';
import { listEndpoints, nameEndpoint, requireEndpoint, viewEndpoint } from '../endpoints/find-endpoint.ts';
import { pingEndpoint } from '../endpoints/ping-endpoint.ts';
import { createEndpoint, deleteEndpoint, updateEndpoint } from '../endpoints/save-endpoint.ts';
import type { Replicator } from '../ports.ts';
import { originOf } from './origin-of.ts';

const readPatch = patchReader(EndpointPatch);

/** `/api/v1/replication/endpoints` */
export function endpointHandlers(replicator: Replicator) {
  const { records } = replicator;
  const readQuery = queryReader(REPLICATION_ROUTES.listEndpoints.query);
  const readNameQuery = queryReader(REPLICATION_ROUTES.listEndpointNames.query);
  const readCreation = bodyReader(EndpointCreation);

  /** The secret is never read back: a stand-in that nobody can guess takes its place in what is patched. */
  async function readUpdate({ request }: Exchange<ManagementIdentity>, endpoint: EndpointDocument) {
    const standIn = `kept-${randomUUID()}`;
    const { name, url, username, realmHosts, skipTlsVerify, caCertificate, sealedSecret } = endpoint;
    const { remoteRegistries } = endpoint;
    const { secret, ...settings } = await readPatch(request, {
      ...{ name, url, skipTlsVerify },
      ...(username !== undefined && { username }),
      ...(realmHosts !== undefined && { realmHosts }),
      ...(remoteRegistries !== undefined && { remoteRegistries }),
      ...(caCertificate !== undefined && { caCertificate }),
      ...(sealedSecret !== undefined && { secret: standIn }),
    });
    return { settings, secret: secret === standIn ? ({ kept: true } as const) : { text: secret } };
  }

  return {
    async listEndpoints({ query, response }) {
      const { items, next } = await listEndpoints(records, readQuery(query));
      sendJson(response, 200, { items: items.map(viewEndpoint), next });
    },
    async listEndpointNames({ query, response }) {
      const { registry: _, ...page } = readNameQuery(query);
      const { items, next } = await listEndpoints(records, page);
      sendJson(response, 200, { items: items.map(nameEndpoint), next });
    },
    async createEndpoint(exchange) {
      const settings = await readCreation(exchange.request);
      const endpoint = await createEndpoint(replicator, settings, originOf(exchange));
      const Location = formatPath(REPLICATION_ROUTES.getEndpoint.pattern, { id: endpoint.id });
      const body = viewEndpoint(endpoint);
      sendResource(exchange, { tag: etag(endpoint.version), body, status: 201, headers: { Location } });
    },
    async getEndpoint(exchange) {
      const endpoint = await requireEndpoint(records, exchange.params.id ?? '');
      sendResource(exchange, { tag: etag(endpoint.version), body: viewEndpoint(endpoint) });
    },
    async updateEndpoint(exchange) {
      const id = exchange.params.id ?? '';
      const changed = await retryConflict(`endpoint ${id}`, async () => {
        const endpoint = await requireEndpoint(records, id);
        versionRequirement(exchange.request)(endpoint.version);
        return await updateEndpoint(replicator, endpoint, {
          ...(await readUpdate(exchange, endpoint)),
          origin: originOf(exchange),
        });
      });
      sendResource(exchange, { tag: etag(changed.version), body: viewEndpoint(changed) });
    },
    async deleteEndpoint(exchange) {
      const id = exchange.params.id ?? '';
      await retryConflict(`endpoint ${id}`, async () => {
        const endpoint = await requireEndpoint(records, id);
        versionRequirement(exchange.request)(endpoint.version);
        await deleteEndpoint(records, endpoint, originOf(exchange));
      });
      sendEmpty(exchange.response, 204);
    },
    async pingEndpoint({ params, response }) {
      sendJson(
        response,
        200,
        await pingEndpoint(replicator, await requireEndpoint(records, params.id ?? '')),
      );
    },
  } satisfies Partial<ManagementHandlers<typeof REPLICATION_ROUTES>>;
}
