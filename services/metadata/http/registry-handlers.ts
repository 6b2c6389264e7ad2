import type { RpcCaller } from '@berth/bus';
import {
  type REGISTRY_ROUTES,
  RegistryCreation,
  RegistryPatch,
  type RegistryResource,
  visibleRegistries,
} from '@berth/contracts';
import {
  bodyReader,
  etag,
  isNotModified,
  type ManagementHandlers,
  parsePage,
  patchReader,
  requireIfMatch,
  sendJson,
} from '@berth/http';
import type { Response } from 'express';
import type { Metadata } from '../metadata.ts';
import { createRegistry } from '../registries/create-registry.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { listRegistries } from '../registries/list-registries.ts';
import { updateRegistry } from '../registries/update-registry.ts';
import { originOf, registryOf } from './scope-of.ts';

/** `/api/v1/registries` and `/api/v1/registries/{registry}`. */
export function registryHandlers(metadata: Metadata, caller: RpcCaller) {
  const { facts, finder } = metadata;
  const readCreation = bodyReader(RegistryCreation);
  const readPatch = patchReader(RegistryPatch);

  return {
    async listRegistries({ query, identity, response, requestId }) {
      const visible = await caller.call(visibleRegistries, { principal: identity.principal }, { requestId });
      const page = await listRegistries(facts, { ...parsePage(query), visible });
      sendJson(response, 200, { items: page.items.map(viewRegistry), next: page.next });
    },
    async createRegistry(exchange) {
      const { request, response } = exchange;
      const { name, ...settings } = await readCreation(request);
      const registry = await createRegistry(facts, { name, ...DEFAULTS, ...settings }, originOf(exchange));
      finder.forget(name);
      sendRegistry(response, 201, registry, { Location: `/api/v1/registries/${registry.name}` });
    },
    async getRegistry(exchange) {
      const registry = await registryOf(metadata, exchange, exchange.identity);
      if (isNotModified(exchange.request, registry.version)) {
        exchange.response.status(304).setHeader('ETag', etag(registry.version)).end();
        return;
      }
      sendRegistry(exchange.response, 200, registry);
    },
    async updateRegistry(exchange) {
      const { request, response, identity } = exchange;
      const registry = await registryOf(metadata, exchange, identity);
      requireIfMatch(request, registry.version);
      const { description, visibility, tagNaming, allowMissingChildren } = registry;
      const settings = await readPatch(request, { description, visibility, tagNaming, allowMissingChildren });
      const updated = await updateRegistry(facts, { registry, settings, origin: originOf(exchange) });
      finder.forget(registry.name);
      sendRegistry(response, 200, updated);
    },
    async deleteRegistry(exchange) {
      const { request, response, query, identity } = exchange;
      const registry = await registryOf(metadata, exchange, identity);
      requireIfMatch(request, registry.version);
      const isForced = query.get('force') === 'true';
      const deleting = await beginRegistryDeletion(facts, registry, {
        origin: originOf(exchange),
        force: isForced,
      });
      finder.forget(registry.name);
      if (!isForced) {
        await finishRegistryDeletion(facts, deleting);
        response.status(204).end();
        return;
      }
      void finishRegistryDeletion(facts, deleting).catch((error: unknown) =>
        facts.logger.warn('registry deletion goes on with the next repair', {
          registry: registry.name,
          error,
        }),
      );
      sendRegistry(response, 202, deleting, { Location: `/api/v1/registries/${registry.name}` });
    },
  } satisfies ManagementHandlers<typeof REGISTRY_ROUTES>;
}

const DEFAULTS = {
  description: '',
  visibility: 'private',
  tagNaming: 'lowercase',
  allowMissingChildren: false,
} as const;

function sendRegistry(
  response: Response,
  status: number,
  registry: RegistryDocument,
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, viewRegistry(registry), { ETag: etag(registry.version), ...headers });
}

function viewRegistry({ version: _, deletion: __, ...registry }: RegistryDocument): RegistryResource {
  return registry;
}
