import { join } from 'node:path';
import type { Bus } from '@berth/bus';
import { startTestBus, type TestBus } from '@berth/bus/testing';
import { lookupRegistries } from '@berth/contracts';
import {
  createLifecycle,
  createMetrics,
  loadSettings,
  type OwnedLifecycle,
  silentLogger,
} from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import type { AccessService } from '../access-service.ts';
import { AuthTokenSettings } from '../config.ts';
import type { Step } from '../facts.ts';
import type { RegistryFacts } from '../ports.ts';
import { startAuthToken } from '../service.ts';

export const ADMIN_PASSWORD = 'correct horse battery';

/** A running auth-token on a real bus and a real database, with a clock that tests move. */
export interface Fixture {
  readonly origin: string;
  readonly service: AccessService;
  readonly bus: Bus;
  readonly testBus: TestBus;
  readonly databaseFile: string;
  /** What metadata knows of. */
  readonly registries: RegistryFacts[];
  advance(ms: number): void;
  now(): number;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  send(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: unknown },
  ): Promise<Response>;
  /** A user who is no administrator; their password is `<name> password`. */
  addUser(username: string): Promise<string>;
  /** Ends the service alone; its data and the bus stay. */
  stopService(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFixture(
  env: Record<string, string> = {},
  { step }: { readonly step?: (step: Step) => Promise<void> } = {},
): Promise<Fixture> {
  const folder = await temporaryFolder();
  const databaseFile = join(folder, 'auth-token.db');
  const testBus = await startTestBus();
  const registries: RegistryFacts[] = [
    { id: 'r-acme', name: 'acme', visibility: 'private', state: 'active' },
    { id: 'r-open', name: 'open', visibility: 'public', state: 'active' },
  ];
  testBus.bus.serve(lookupRegistries, async ({ names = [], ids = [] }) => ({
    registries: registries.filter(({ id, name }) => names.includes(name) || ids.includes(id)),
  }));
  let offsetMs = 0;
  const clock = () => Date.now() + offsetMs;
  const { life, port, service } = await startService({
    databaseFile,
    natsUrl: testBus.url,
    clock,
    env,
    ...(step !== undefined && { step }),
  });
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    service,
    bus: testBus.bus,
    testBus,
    databaseFile,
    registries,
    advance: (ms) => {
      offsetMs += ms;
    },
    now: clock,
    get: (path, headers = {}) => fetch(origin + path, { headers }),
    send: (method, path, { headers = {}, body } = {}) =>
      fetch(origin + path, {
        method,
        headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    async addUser(username) {
      const id = `u-${username}`;
      const now = new Date(clock()).toISOString();
      await service.facts.accounts.insert(id, {
        kind: 'user',
        username,
        passwordHash: await service.hasher.hash(`${username} password`),
        credentialEpoch: 1,
        admin: false,
        disabled: false,
        groups: [],
        createdAt: now,
        updatedAt: now,
        createdBy: { id: 'test', kind: 'service', name: 'test' },
      });
      return id;
    },
    async stopService() {
      await life.shutdown('the test says so');
    },
    async stop() {
      await life.shutdown('the test is over');
      await testBus.stop();
    },
  };
}

export async function startService(options: {
  readonly databaseFile: string;
  readonly natsUrl: string;
  readonly clock?: () => number;
  readonly env?: Record<string, string>;
  readonly step?: (step: Step) => Promise<void>;
}): Promise<{ life: OwnedLifecycle; port: number; service: AccessService }> {
  const life = createLifecycle({
    logger: silentLogger,
    metrics: createMetrics('auth-token', { withProcess: false }),
  });
  const settings = loadSettings(AuthTokenSettings, {
    BERTH_NATS_URL: options.natsUrl,
    BERTH_DATABASE_URL: `sqlite:${options.databaseFile}`,
    BERTH_PLATFORM_KEY: Buffer.alloc(32, 7).toString('base64'),
    BERTH_ADMIN_PASSWORD: ADMIN_PASSWORD,
    ...options.env,
  });
  try {
    const started = await startAuthToken(life, {
      settings,
      passwordLogCost: 4,
      ...(options.clock !== undefined && { clock: options.clock }),
      ...(options.step !== undefined && { step: options.step }),
    });
    return { life, ...started };
  } catch (error) {
    await life.shutdown('the start failed');
    throw error;
  }
}

export function basic(username: string, password: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

export const asAdmin = basic('admin', ADMIN_PASSWORD);
