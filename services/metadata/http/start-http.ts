import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { IMAGE_ROUTES, REGISTRY_ROUTES } from '@berth/contracts';
import {
  bindRoutes,
  createManagementAuthorizer,
  type HttpServer,
  problemRenderer,
  type RegistryFacts,
  rpcAccess,
  startHttpServer,
} from '@berth/http';
import type { Lifecycle } from '@berth/runtime';
import type { MetadataSettings } from '../config.ts';
import type { Metadata } from '../metadata.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { serviceErrorOf } from '../service-error-of.ts';
import { imageHandlers } from './image-handlers.ts';
import { registryHandlers } from './registry-handlers.ts';

/** The management API of metadata. */
export async function startHttp(parts: {
  metadata: Metadata;
  bus: RpcCaller;
  life: Lifecycle;
  settings: MetadataSettings;
}): Promise<HttpServer> {
  const { metadata, bus, life, settings } = parts;
  const render = problemRenderer({ MANIFEST_UNKNOWN: 404 });
  const [host = '127.0.0.1', port = '0'] = splitAddress(settings.BERTH_HTTP_LISTEN);
  return await startHttpServer({
    host,
    port: Number(port),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    routes: [
      ...bindRoutes(REGISTRY_ROUTES, registryHandlers(metadata, bus)),
      ...bindRoutes(IMAGE_ROUTES, imageHandlers(metadata)),
    ],
    authorize: createManagementAuthorizer({
      access: rpcAccess(bus),
      rolesAllow,
      registries: {
        byName: async (name) => viewFacts(await metadata.finder.find(name)),
        byId: async (id) => viewFacts(await metadata.facts.registries.get(id)),
      },
    }),
    renderError: (error, request) => render(serviceErrorOf(error), request),
  });
}

function viewFacts(registry: RegistryDocument | null): RegistryFacts | null {
  return registry && { id: registry.id, name: registry.name, isPublic: registry.visibility === 'public' };
}

function splitAddress(address: string): string[] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), address.slice(colon + 1)];
}
