import type { RpcCaller } from '@berth/bus';
import {
  REGISTRY_ROUTES,
  RegistryCreation,
  RegistryPatch,
  type RegistryResource,
  ServiceError,
  visibleRegistries,
} from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  etag,
  type ManagementHandlers,
  patchReader,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { Metadata } from '../metadata.ts';
import { createRegistry } from '../registries/create-registry.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { listRegistries } from '../registries/list-registries.ts';
import { updateRegistry } from '../registries/update-registry.ts';
import { originOf, registryOf } from './scope-of.ts';

/** `/api/v1/registries` and `/api/v1/registries/{registry}`. */
export function registryHandlers({ facts, finder }: Metadata, caller: RpcCaller) {
  const readQuery = queryReader(REGISTRY_ROUTES.listRegistries.query);
  const readCreation = bodyReader(RegistryCreation);
  const readPatch = patchReader(RegistryPatch);
  const readDeletion = queryReader(REGISTRY_ROUTES.deleteRegistry.query);

  return {
    async listRegistries({ query, identity, response, requestId }) {
      const { sort, ...page } = readQuery(query);
      const visible = await caller.call(visibleRegistries, { principal: identity.principal }, { requestId });
      const { items, next } = await listRegistries(facts, {
        ...page,
        visible,
        isDescending: sort === '-name',
      });
      sendJson(response, 200, { items: items.map(viewRegistry), next });
    },
    async createRegistry(exchange) {
      const { name, ...settings } = await readCreation(exchange.request);
      const registry = await createRegistry(facts, { name, ...DEFAULTS, ...settings }, originOf(exchange));
      finder.forget(name);
      sendResource(exchange, { ...resourceOf(registry), status: 201, headers: locationOf(registry) });
    },
    async getRegistry(exchange) {
      sendResource(exchange, resourceOf(await registryOf(facts, exchange)));
    },
    async updateRegistry(exchange) {
      const { request } = exchange;
      const updated = await retryConflict('the registry', async () => {
        const registry = await registryOf(facts, exchange);
        if (registry.state !== 'active') throw registryDeleting(registry.name);
        versionRequirement(request)(registry.version);
        const { description, visibility, tagNaming, allowMissingChildren } = registry;
        const current = { description, visibility, tagNaming, allowMissingChildren };
        const settings = await readPatch(request, current);
        return await updateRegistry(facts, { registry, settings, origin: originOf(exchange) });
      });
      finder.forget(updated.name);
      sendResource(exchange, resourceOf(updated));
    },
    async deleteRegistry(exchange) {
      const { force = false } = readDeletion(exchange.query);
      const deleting = await retryConflict('the registry', async () => {
        const registry = await registryOf(facts, exchange);
        versionRequirement(exchange.request)(registry.version);
        try {
          return await beginRegistryDeletion(facts, registry, { origin: originOf(exchange), force });
        } finally {
          finder.forget(registry.name);
        }
      });
      if (!force) {
        await finishRegistryDeletion(facts, deleting);
        sendEmpty(exchange.response, 204);
        return;
      }
      void finishRegistryDeletion(facts, deleting).catch((error: unknown) =>
        facts.logger.warn('registry deletion goes on with the next repair', {
          registry: deleting.name,
          error,
        }),
      );
      sendResource(exchange, { ...resourceOf(deleting), status: 202, headers: locationOf(deleting) });
    },
  } satisfies ManagementHandlers<typeof REGISTRY_ROUTES>;
}

const DEFAULTS = {
  description: '',
  visibility: 'private',
  tagNaming: 'lowercase',
  allowMissingChildren: false,
} as const;

const locationOf = ({ name }: RegistryDocument) => ({ Location: `/api/v1/registries/${name}` });

function registryDeleting(name: string): ServiceError {
  return new ServiceError('REGISTRY_DELETING', `registry "${name}" is being deleted`, {
    detail: { registry: name },
  });
}

function resourceOf(registry: RegistryDocument) {
  return { tag: etag(registry.version), body: viewRegistry(registry) };
}

function viewRegistry(registry: RegistryDocument): RegistryResource {
  const { id, name, description, visibility, tagNaming, allowMissingChildren, state } = registry;
  const { createdAt, updatedAt, createdBy } = registry;
  return {
    id,
    name,
    description,
    visibility,
    tagNaming,
    allowMissingChildren,
    state,
    createdAt,
    updatedAt,
    createdBy,
  };
}
