import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { startTestBus, type TestBus } from '@berth/bus/testing';
import {
  authenticate,
  type CloudEvent,
  effectiveRoles,
  lookupRegistries,
  type Principal,
  type Role,
  ServiceError,
} from '@berth/contracts';
import type { Resolve } from '@berth/outbound';
import {
  createLifecycle,
  createLogger,
  createMetrics,
  loadSettings,
  type Metrics,
  type OwnedLifecycle,
} from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { WebhookDispatcherSettings } from '../config.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { startWebhookDispatcher } from '../service.ts';
import { relayFrom } from './other-service.ts';
import { type Receiver, startReceiver } from './receiver.ts';

/** Who is what in which registry; `*` in all. Passwords are `<name> password`. */
const ROLES: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  admin: { '*': 'admin' },
  ann: { 'r-acme': 'maintainer' },
  bob: { 'r-other': 'maintainer' },
  dev: { 'r-acme': 'developer' },
  eve: {},
};

/** A running webhook-dispatcher on a real bus and a real database, with a clock that tests move. */
export interface ServiceFixture {
  readonly testBus: TestBus;
  readonly dispatcher: Dispatcher;
  readonly metrics: Metrics;
  readonly folder: string;
  advance(ms: number): void;
  /** A request of `/api/v1/webhooks<path>`, as `user:password` unless null. */
  call(
    user: string | null,
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<Called>;
  /** A receiver on loopback, a fresh one after each `reset`. */
  readonly receiver: Receiver;
  /** Of a webhook of acme for `tag.updated`, unless told otherwise. */
  settings(more?: Record<string, unknown>): Record<string, unknown> & { readonly name: string };
  /** The webhook with those settings, created by the administrator. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  create(more?: Record<string, unknown>): Promise<any>;
  deliveries(webhookId: string, query?: string): Promise<Record<string, unknown>[]>;
  /** Removes all webhooks. */
  reset(): Promise<void>;
  /** Puts an event on the bus, as the relay of another service does. */
  emit(event: CloudEvent): void;
  /** Everything that was written so far: log lines and database files. */
  written(): Promise<string>;
  stop(): Promise<void>;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  readonly body: any;
}

export async function startServiceFixture(
  options: { readonly env?: Record<string, string>; readonly resolve?: Resolve } = {},
): Promise<ServiceFixture> {
  const folder = await temporaryFolder();
  const testBus = await startTestBus();
  serveAccess(testBus);
  const emit = relayFrom(testBus.bus);
  const logFile = join(folder, 'service.log');
  const logger = createLogger({
    service: 'webhook-dispatcher',
    level: 'debug',
    file: logFile,
    terminal: new PassThrough().resume(),
  });
  const metrics = createMetrics('webhook-dispatcher', { withProcess: false });
  const life: OwnedLifecycle = createLifecycle({ logger, metrics });
  let offsetMs = 0;
  const settings = loadSettings(WebhookDispatcherSettings, {
    BERTH_NATS_URL: testBus.url,
    BERTH_DATABASE_URL: `sqlite:${join(folder, 'webhook-dispatcher.db')}`,
    BERTH_PLATFORM_KEY: Buffer.alloc(32, 7).toString('base64'),
    BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
    BERTH_PUBLIC_URL: 'https://berth.example.com',
    ...options.env,
  });
  const { port, dispatcher } = await startWebhookDispatcher(life, {
    settings,
    clock: () => Date.now() + offsetMs,
    ...(options.resolve !== undefined && { resolve: options.resolve }),
  });
  let receiver = await startReceiver();
  let names = 0;

  const call: ServiceFixture['call'] = async (user, method, path, { body, headers = {} } = {}) => {
    const credentials = Buffer.from(`${user}:${user} password`).toString('base64');
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/webhooks${path}`, {
      method,
      headers: {
        ...(user !== null && { Authorization: `Basic ${credentials}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: text === '' ? null : JSON.parse(text),
    };
  };

  const settingsOf: ServiceFixture['settings'] = (more = {}) => {
    names += 1;
    return { registry: 'acme', name: `hook ${names}`, url: receiver.url, events: ['tag.updated'], ...more };
  };

  return {
    testBus,
    dispatcher,
    metrics,
    folder,
    advance: (ms) => {
      offsetMs += ms;
    },
    call,
    get receiver() {
      return receiver;
    },
    settings: settingsOf,
    async create(more) {
      const { status, text, body } = await call('admin', 'POST', '', { body: settingsOf(more) });
      if (status !== 201) throw new Error(`webhook: ${status} ${text}`);
      return body;
    },
    deliveries: async (id, query = '') =>
      (await call('admin', 'GET', `/${id}/deliveries${query}`)).body.items,
    async reset() {
      const { body } = await call('admin', 'GET', '?limit=500');
      for (const { id } of body.items) await call('admin', 'DELETE', `/${id}`);
      await receiver.close();
      receiver = await startReceiver();
    },
    emit,
    async written() {
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const texts = files
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
      return (await Promise.all(texts)).join('\n');
    },
    async stop() {
      await life.shutdown('the test is over');
      await receiver.close();
      await logger.close();
      await testBus.stop();
    },
  };
}

function serveAccess({ bus }: TestBus): void {
  bus.serve(authenticate, async ({ credential }) => {
    const { username = '', password = '' } = credential as { username?: string; password?: string };
    if (!(username in ROLES) || password !== `${username} password`)
      throw new ServiceError('UNAUTHORIZED', 'wrong user name or password');
    const principal: Principal = {
      id: `u-${username}`,
      kind: 'user',
      name: username,
      isAdmin: username === 'admin',
    };
    return { principal };
  });
  bus.serve(effectiveRoles, async ({ principal, registryId }) => {
    const held = ROLES[principal.name] ?? {};
    const roles = [held['*'], registryId === undefined ? undefined : held[registryId]];
    return { roles: roles.filter((role) => role !== undefined) };
  });
  const registries = ['acme', 'other', 'open'].map((name) => ({
    id: `r-${name}`,
    name,
    visibility: name === 'open' ? ('public' as const) : ('private' as const),
    state: 'active' as const,
  }));
  bus.serve(lookupRegistries, async ({ names = [], ids = [] }) => ({
    registries: registries.filter(({ id, name }) => names.includes(name) || ids.includes(id)),
  }));
}
