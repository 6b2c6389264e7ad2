import { type ManagementAction, rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { createManagementAuthorizer, type HttpServer, problemRenderer, startHttpServer } from '@berth/http';
import type { Lifecycle } from '@berth/runtime';
import type { MetadataSettings } from '../config.ts';
import type { Metadata } from '../metadata.ts';
import { serviceErrorOf } from '../service-error-of.ts';
import { imageHandlers } from './image-handlers.ts';
import { registryHandlers } from './registry-handlers.ts';
import { ROUTES } from './routes.ts';
import { registryNotFound } from './scope-of.ts';

/** The management API of metadata. */
export async function startHttp(parts: {
  metadata: Metadata;
  bus: RpcCaller;
  life: Lifecycle;
  settings: MetadataSettings;
}): Promise<HttpServer> {
  const { metadata, bus, life, settings } = parts;
  const handlers = { ...registryHandlers(metadata, bus), ...imageHandlers(metadata) };
  const render = problemRenderer({ MANIFEST_UNKNOWN: 404 });
  const [host = '127.0.0.1', port = '0'] = splitAddress(settings.BERTH_HTTP_LISTEN);
  return await startHttpServer({
    host,
    port: Number(port),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    routes: ROUTES.map((route) => ({ ...route, handle: handlers[route.id] })),
    authorize: createManagementAuthorizer<ManagementAction>({
      caller: bus,
      rolesAllow,
      registryOf: async ({ params }) => {
        if (params.registry === undefined) return undefined;
        const registry = await metadata.finder.find(params.registry);
        if (!registry) return null;
        return {
          id: registry.id,
          isPublic: registry.visibility === 'public',
          notFound: () => registryNotFound(registry.name),
        };
      },
    }),
    renderError: (error, request) => render(serviceErrorOf(error), request),
  });
}

function splitAddress(address: string): string[] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), address.slice(colon + 1)];
}
