import { createSecretBox, parsePlatformKey } from '@berth/access';
import { connectBus } from '@berth/bus';
import { openDocumentStore } from '@berth/document-store';
import { type Clock, type Lifecycle, newId, runPeriodically } from '@berth/runtime';
import type { AccessService } from './access-service.ts';
import { noGrants } from './adapters/no-grants.ts';
import { createRpcRegistryDirectory } from './adapters/rpc-registry-directory.ts';
import { type AuthTokenSettings, hostAndPort } from './config.ts';
import { createLoginLimiter } from './credentials/login-limiter.ts';
import { createPasswordHasher } from './credentials/password-hasher.ts';
import { createVerifiedPasswords } from './credentials/verified-passwords.ts';
import { sessions as sessionDocuments } from './documents/session.ts';
import { signingKeys } from './documents/signing-key.ts';
import { users as userDocuments } from './documents/user.ts';
import { startHttp } from './http/start-http.ts';
import { serveAccess } from './rpc/serve-access.ts';
import { openKeyRing } from './signing-keys/key-ring.ts';
import { PUBLISH_AHEAD_MS } from './signing-keys/key-schedule.ts';
import { createAuthenticator } from './use-cases/authenticate.ts';
import { createFirstUser } from './use-cases/create-first-user.ts';
import { pruneSessions } from './use-cases/end-session.ts';
import { createTokenIssuer } from './use-cases/issue-token.ts';
import { createRegistryAccess } from './use-cases/registry-access.ts';

/** Well within the time that a new key is published before it signs. */
const TEND_KEYS_MS = PUBLISH_AHEAD_MS / 3;
const PRUNE_SESSIONS_MS = 600_000;

/** The wiring of auth-token: store → credentials and keys → use cases → RPC and HTTP. */
export async function startAuthToken(
  life: Lifecycle,
  options: {
    readonly settings: AuthTokenSettings;
    readonly clock?: Clock;
    /** log2 of scrypt's N; tests make it cheap. */
    readonly passwordLogCost?: number;
  },
): Promise<{ readonly port: number; readonly service: AccessService }> {
  const { logger, metrics } = life;
  const { settings, clock = Date.now, passwordLogCost } = options;

  const store = await openDocumentStore({ url: settings.BERTH_DATABASE_URL, logger });
  life.onShutdown('document store', () => store.close());
  life.addReadiness('document store', () => store.check());
  const users = store.collection(userDocuments);
  const sessions = store.collection(sessionDocuments);

  const hasher = createPasswordHasher(passwordLogCost === undefined ? {} : { logCost: passwordLogCost });
  await createFirstUser({ users, hasher, clock, newId }, settings.BERTH_ADMIN_PASSWORD);
  const keys = await openKeyRing({
    signingKeys: store.collection(signingKeys),
    box: createSecretBox(parsePlatformKey(settings.BERTH_PLATFORM_KEY)),
    clock,
    logger,
    lifetimeMs: settings.BERTH_SIGNING_KEY_LIFETIME,
  });

  const bus = await connectBus({
    servers: settings.BERTH_NATS_URL,
    credentialsFile: settings.BERTH_NATS_CREDENTIALS_FILE,
    service: 'auth-token',
    logger,
    metrics,
  });
  life.onShutdown('bus', () => bus.close());
  life.addReadiness('bus', () => bus.check());

  const service: AccessService = {
    users,
    sessions,
    hasher,
    keys,
    clock,
    logger,
    authenticator: createAuthenticator({
      users,
      sessions,
      hasher,
      limiter: createLoginLimiter({ clock }),
      verified: createVerifiedPasswords({ clock }),
      clock,
      logger,
    }),
    registryAccess: createRegistryAccess({
      directory: createRpcRegistryDirectory(bus),
      grants: noGrants,
    }),
    tokens: createTokenIssuer({ keys, clock, newId, lifetimeMs: settings.BERTH_TOKEN_LIFETIME }),
  };
  serveAccess(bus, service);

  for (const { name, everyMs, job } of [
    { name: 'signing keys', everyMs: TEND_KEYS_MS, job: () => keys.tend() },
    { name: 'ended sessions', everyMs: PRUNE_SESSIONS_MS, job: () => pruneSessions(sessions, clock()) },
  ]) {
    const loop = runPeriodically({ name, everyMs, job, logger });
    life.onShutdown(name, () => loop.stop());
  }

  const { port } = await startHttp(service, {
    ...hostAndPort(settings.BERTH_HTTP_LISTEN),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    caller: bus,
  });
  return { port, service };
}
