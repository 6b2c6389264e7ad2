import { createSecretBox, parsePlatformKey } from '@berth/access';
import { openServiceBus } from '@berth/bus';
import { openServiceStore } from '@berth/document-store';
import { type Clock, hostAndPort, type Lifecycle, newId, runPeriodically } from '@berth/runtime';
import type { AccessService } from './access-service.ts';
import { createRpcRegistryDirectory } from './adapters/rpc-registry-directory.ts';
import { pruneAudit } from './audit/prune-audit.ts';
import type { AuthTokenSettings } from './config.ts';
import { followEvents } from './consumers/follow-events.ts';
import { createLoginLimiter } from './credentials/login-limiter.ts';
import { createPasswordHasher } from './credentials/password-hasher.ts';
import { createVerifiedPasswords } from './credentials/verified-passwords.ts';
import { signingKeys } from './documents/signing-key.ts';
import { type Facts, openFacts, type Step } from './facts.ts';
import { startHttp } from './http/start-http.ts';
import { createAuthenticator } from './logins/authenticate.ts';
import { createLastUses } from './logins/last-uses.ts';
import { createLoginRecords } from './logins/login-records.ts';
import { createPasswordLogins } from './logins/password-login.ts';
import { createSecretLogins } from './logins/secret-login.ts';
import { createHoldingsSource } from './roles/holdings.ts';
import { createRegistryAccess } from './roles/registry-access.ts';
import { serveAccess } from './rpc/serve-access.ts';
import { pruneCredentials } from './sessions/end-credentials.ts';
import { openKeyRing } from './signing-keys/key-ring.ts';
import { PUBLISH_AHEAD_MS } from './signing-keys/key-schedule.ts';
import { createTokenIssuer } from './tokens/issue-token.ts';
import { createFirstUser } from './users/create-first-user.ts';

/** Well within the time that a new key is published before it signs. */
const TEND_KEYS_MS = PUBLISH_AHEAD_MS / 3;
const PRUNE_MS = 600_000;

/** The wiring of auth-token: store and bus → facts → logins, roles and keys → RPC, events and HTTP. */
export async function startAuthToken(
  life: Lifecycle,
  options: {
    readonly settings: AuthTokenSettings;
    readonly clock?: Clock;
    /** log2 of scrypt's N; tests make it cheap. */
    readonly passwordLogCost?: number;
    /** Tests stop there. */
    readonly step?: (step: Step) => Promise<void>;
  },
): Promise<{ readonly port: number; readonly service: AccessService }> {
  const { logger } = life;
  const { settings, clock = Date.now, passwordLogCost, step } = options;

  const store = await openServiceStore(life, settings.BERTH_DATABASE_URL);

  const bus = await openServiceBus(life, 'auth-token', settings);
  bus.relay(store.outbox);

  const facts = openFacts({
    store,
    directory: createRpcRegistryDirectory(bus),
    clock,
    newId,
    logger,
    ...(step !== undefined && { step }),
  });
  const hasher = createPasswordHasher(passwordLogCost === undefined ? {} : { logCost: passwordLogCost });
  await createFirstUser(facts, hasher, settings.BERTH_ADMIN_PASSWORD);
  const keys = await openKeyRing({
    signingKeys: store.collection(signingKeys),
    box: createSecretBox(parsePlatformKey(settings.BERTH_PLATFORM_KEY)),
    clock,
    logger,
    lifetimeMs: settings.BERTH_SIGNING_KEY_LIFETIME,
  });
  const holdings = createHoldingsSource(facts);
  const service: AccessService = {
    facts,
    hasher,
    keys,
    holdings,
    ...createLogins(facts, hasher),
    registryAccess: createRegistryAccess({ directory: facts.directory, holdings }),
    tokens: createTokenIssuer({ keys, clock, newId, lifetimeMs: settings.BERTH_TOKEN_LIFETIME }),
  };
  serveAccess(bus, service);
  const following = await followEvents(bus, facts);
  life.onShutdown('events', () => following.stop());

  const retentionMs = settings.BERTH_AUDIT_RETENTION;
  for (const { name, everyMs, job } of [
    { name: 'signing keys', everyMs: TEND_KEYS_MS, job: () => keys.tend() },
    { name: 'ended credentials', everyMs: PRUNE_MS, job: () => pruneCredentials(facts) },
    { name: 'audit log', everyMs: PRUNE_MS, job: () => pruneAudit(facts, retentionMs) },
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

/** Passwords, secrets and sessions, with the limit and the record of logins that they share. */
function createLogins(facts: Facts, hasher: AccessService['hasher']) {
  const { clock } = facts;
  const limiter = createLoginLimiter({ clock });
  const verified = createVerifiedPasswords({ clock });
  const records = createLoginRecords(facts);
  const lastUses = createLastUses(facts);
  const passwords = createPasswordLogins({ facts, hasher, limiter, verified, records, lastUses });
  const secrets = createSecretLogins({ facts, limiter, records, lastUses });
  return { records, lastUses, passwords, authenticator: createAuthenticator({ facts, passwords, secrets }) };
}
