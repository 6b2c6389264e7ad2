import { pathToFileURL } from 'node:url';
import { signToken, tokenClaims } from '@berth/access';
import { startTestBus, type TestBus } from '@berth/bus/testing';
import type { Scope } from '@berth/contracts';
import { createLifecycle, createMetrics, silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { startDistributionApi } from '../service.ts';
import { type FactsServer, serveFacts } from './facts-server.ts';

/** One or two copies of distribution-api on a real bus and a real folder, with facts in memory. */
export interface Fixture {
  readonly facts: FactsServer;
  readonly bus: TestBus;
  /** `http://127.0.0.1:<port>`, one per copy. */
  readonly origins: readonly string[];
  readonly blobFolder: string;
  token(name: string, access: readonly Scope[], kind?: 'user' | 'robot'): Promise<string>;
  stop(): Promise<void>;
}

export async function startFixture(
  options: {
    readonly copies?: number;
    readonly env?: NodeJS.ProcessEnv;
    /** Of a claim. */
    readonly leaseMs?: number;
  } = {},
): Promise<Fixture> {
  const bus = await startTestBus();
  const facts = serveFacts(bus.bus, { leaseMs: options.leaseMs ?? 30_000 });
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  facts.publicKeys.push({ ...jwk, kid: 'k1' });
  const blobFolder = await temporaryFolder();
  const copies = await Promise.all(
    Array.from({ length: options.copies ?? 1 }, async () => {
      const life = createLifecycle({
        logger: silentLogger,
        metrics: createMetrics('distribution-api', { withProcess: false }),
      });
      const server = await startDistributionApi(life, {
        BERTH_NATS_URL: bus.url,
        BERTH_STORAGE_URL: pathToFileURL(blobFolder).href,
        ...options.env,
      });
      return { life, origin: `http://127.0.0.1:${server.port}` };
    }),
  );
  return {
    facts,
    bus,
    blobFolder,
    origins: copies.map(({ origin }) => origin),
    token: (name, access, kind = 'user') =>
      signToken({
        key: { kid: 'k1', privateKey: pair.privateKey },
        claims: tokenClaims({
          id: 't1',
          principal: { id: name, kind, name, isAdmin: false },
          access,
          issuedAt: Math.floor(Date.now() / 1000),
          lifetimeSeconds: 300,
        }),
      }),
    async stop() {
      await Promise.all(copies.map(({ life }) => life.shutdown('test')));
      await bus.stop();
    },
  };
}

export function repositoryScope(name: string, ...actions: string[]): Scope {
  return { type: 'repository', name, actions };
}
