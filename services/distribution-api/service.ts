import { createTokenVerifier } from '@berth/access';
import { instrumented, openBlobStore } from '@berth/blob-store';
import { openServiceBus } from '@berth/bus';
import { signingKeys } from '@berth/contracts';
import { type HttpServer, publicOrigin, startHttpServer, trustedProxies } from '@berth/http';
import { hostAndPort, type Lifecycle, loadSettings, newId } from '@berth/runtime';
import { createRegistryAuthorizer } from './access/authorize.ts';
import { DistributionSettings } from './config.ts';
import type { Distribution } from './distribution.ts';
import { blobHandlers } from './http/blob-handlers.ts';
import { listHandlers } from './http/list-handlers.ts';
import { manifestHandlers } from './http/manifest-handlers.ts';
import { renderOciError } from './http/oci-errors.ts';
import { createPulledBlobs } from './http/pulled-blobs.ts';
import { ROUTES } from './http/routes.ts';
import { uploadHandlers } from './http/upload-handlers.ts';
import { createUploadSessions } from './uploads/upload-sessions.ts';

/** Where nginx finds the blobs that an answer names by `X-Accel-Redirect`; deploy/gateway has the same. */
const ACCEL_PREFIX = '/_blobs/';

/** The wiring of distribution-api: blob store and bus → handlers → HTTP. It keeps nothing. */
export async function startDistributionApi(
  life: Lifecycle,
  env: NodeJS.ProcessEnv = process.env,
): Promise<HttpServer> {
  const { logger, metrics } = life;
  const settings = loadSettings(DistributionSettings, env);

  const store = await openBlobStore({
    url: settings.BERTH_STORAGE_URL,
    redirect: settings.BERTH_STORAGE_REDIRECT,
    ...(settings.BERTH_ACCEL_REDIRECT && { accelPrefix: ACCEL_PREFIX }),
  });
  const blobs = instrumented(store, metrics);
  life.onShutdown('blob store', () => blobs.close());
  life.addReadiness('blob store', () => blobs.check());

  const bus = await openServiceBus(life, 'distribution-api', settings);

  const pulledBlobs = createPulledBlobs();
  bus.onSignal('blobsWithdrawn', pulledBlobs.forget);

  const distribution: Distribution = {
    bus,
    blobs,
    sessions: createUploadSessions(),
    clock: Date.now,
    newId,
    logger,
  };
  const originOf = publicOrigin({
    publicUrl: settings.BERTH_PUBLIC_URL,
    proxies: trustedProxies(settings.BERTH_TRUSTED_PROXIES),
  });
  const handlers = {
    ...listHandlers(distribution),
    ...uploadHandlers(distribution),
    ...blobHandlers(distribution, { originOf, pulledBlobs }),
    ...manifestHandlers(distribution, { pulledBlobs }),
  };
  return await startHttpServer({
    ...hostAndPort(settings.BERTH_HTTP_LISTEN),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    routes: ROUTES.map((route) => ({ ...route, handle: handlers[route.id] })),
    authorize: createRegistryAuthorizer({
      bus,
      verifier: createTokenVerifier({
        keys: async () => (await bus.call(signingKeys, {})).keys,
        clock: Date.now,
      }),
      originOf: ({ request }) => originOf(request),
    }),
    renderError: renderOciError,
  });
}
