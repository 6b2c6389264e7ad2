import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import {
  DOCUMENT_ROUTES,
  IMAGE_ROUTES,
  isServiceError,
  PROTECTION_ROUTES,
  REGISTRY_ROUTES,
  ServiceError,
} from '@berth/contracts';
import {
  bindRoutes,
  createManagementAuthorizer,
  type HttpServer,
  problemRenderer,
  type RegistryFacts,
  rpcAccess,
  startHttpServer,
} from '@berth/http';
import { hostAndPort, type Lifecycle } from '@berth/runtime';
import type { MetadataSettings } from '../config.ts';
import type { Metadata } from '../metadata.ts';
import { findPolicy, policyNotFound } from '../protection/find-policy.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { serviceErrorOf } from '../service-error-of.ts';
import { artifactHandlers } from './artifact-handlers.ts';
import { documentHandlers } from './document-handlers.ts';
import { imageHandlers } from './image-handlers.ts';
import { protectionHandlers } from './protection-handlers.ts';
import { recycleBinHandlers } from './recycle-bin-handlers.ts';
import { registryHandlers } from './registry-handlers.ts';
import { tagHandlers } from './tag-handlers.ts';

/** The management API of metadata. */
export async function startHttp(parts: {
  metadata: Metadata;
  bus: RpcCaller;
  life: Lifecycle;
  settings: MetadataSettings;
}): Promise<HttpServer> {
  const { metadata, bus, life, settings } = parts;
  const { facts } = metadata;
  const render = problemRenderer();
  return await startHttpServer({
    ...hostAndPort(settings.BERTH_HTTP_LISTEN),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    routes: [
      ...bindRoutes(DOCUMENT_ROUTES, documentHandlers()),
      ...bindRoutes(REGISTRY_ROUTES, registryHandlers(metadata, bus)),
      ...bindRoutes(IMAGE_ROUTES, {
        ...imageHandlers(facts),
        ...artifactHandlers(facts),
        ...tagHandlers(facts),
        ...recycleBinHandlers(facts),
      }),
      ...bindRoutes(PROTECTION_ROUTES, protectionHandlers(facts)),
    ],
    authorize: createManagementAuthorizer({
      access: rpcAccess(bus),
      rolesAllow,
      registries: {
        byName: async (name) => viewFacts(await metadata.finder.find(name)),
        byId: async (id) => viewFacts(await facts.registries.get(id)),
      },
      async registryOfObject({ params: { id = '' } }) {
        const { registryId } = await findPolicy(facts, id);
        return { registryId, notFound: () => policyNotFound(id) };
      },
    }),
    renderError: (error, request) => render(inWordsOfTheApi(serviceErrorOf(error)), request),
  });
}

/** Use cases that `/v2` shares speak of manifests. */
function inWordsOfTheApi(error: unknown): unknown {
  if (!isServiceError(error, 'MANIFEST_UNKNOWN')) return error;
  const { reference } = error.detail as { readonly reference: string };
  return new ServiceError('ARTIFACT_NOT_FOUND', `artifact ${reference} does not exist`, {
    detail: { digest: reference },
    cause: error,
  });
}

function viewFacts(registry: RegistryDocument | null): RegistryFacts | null {
  return registry && { id: registry.id, name: registry.name, isPublic: registry.visibility === 'public' };
}
