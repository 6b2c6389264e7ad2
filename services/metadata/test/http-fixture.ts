import { join } from 'node:path';
import type { Bus } from '@berth/bus';
import { startTestBus } from '@berth/bus/testing';
import {
  authenticate,
  type CloudEvent,
  effectiveRoles,
  type Role,
  ServiceError,
  visibleRegistries,
} from '@berth/contracts';
import { createLifecycle, createMetrics, loadSettings, silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { pushManifest } from '../artifacts/push-manifest.ts';
import { MetadataSettings } from '../config.ts';
import { imageId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { readRegistry } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { startMetadata } from '../service.ts';
import { imagePush, ORIGIN } from './fixture.ts';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export interface ListBody {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

interface SendOptions {
  /** A user name: `admin` is the administrator, `nobody` holds nothing, others as `roles` says. Default `admin`. */
  readonly as?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A running metadata on a real bus and a real database; auth-token is played by a table of roles. */
export interface HttpFixture {
  readonly origin: string;
  readonly facts: Facts;
  readonly databaseUrl: string;
  /** As other services use it. */
  readonly bus: Bus;
  /** Those of settings that came over the bus so far. */
  readonly events: readonly CloudEvent[];
  /** Roles by user and registry id. */
  readonly roles: Map<string, Map<string, Role>>;
  send<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options?: SendOptions,
  ): Promise<Answer<Body>>;
  get<Body = Record<string, unknown>>(path: string, headers?: Record<string, string>): Promise<Answer<Body>>;
  /** All items of a list and how many pages they came in. */
  listAll(path: string): Promise<{ items: Record<string, unknown>[]; pages: number }>;
  createRegistry(name: string, settings?: Record<string, unknown>): Promise<RepositoryScope['registry']>;
  /** Pushes an image as `/v2` would; its digest. */
  push(repository: string, content: string, tag?: string): Promise<string>;
  scope(repository: string): Promise<RepositoryScope>;
  /** Ends metadata alone. */
  end(): Promise<boolean>;
  stop(): Promise<void>;
}

const API = '/api/v1';

export async function startHttpFixture(): Promise<HttpFixture> {
  const folder = await temporaryFolder();
  const testBus = await startTestBus();
  const roles: HttpFixture['roles'] = new Map();
  playAuthToken(testBus.bus, roles);
  const life = createLifecycle({
    logger: silentLogger,
    metrics: createMetrics('metadata', { withProcess: false }),
  });
  const databaseUrl = `sqlite:${join(folder, 'metadata.db')}`;
  const { port, metadata } = await startMetadata(life, {
    settings: loadSettings(MetadataSettings, {
      BERTH_NATS_URL: testBus.url,
      BERTH_DATABASE_URL: databaseUrl,
    }),
  });
  const { facts, finder } = metadata;
  const origin = `http://127.0.0.1:${port}`;
  const events: CloudEvent[] = [];
  await testBus.bus.consume(
    'webhook-dispatcher',
    ['registry.updated', 'protection.created', 'protection.updated', 'protection.deleted'],
    async (event) => void events.push(event),
  );

  async function send<Body>(method: string, path: string, options: SendOptions = {}): Promise<Answer<Body>> {
    const { as = 'admin', headers = {}, body } = options;
    const response = await fetch(`${origin}${API}${path}`, {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`${as}:secret`).toString('base64')}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Body,
    };
  }

  async function scope(repository: string): Promise<RepositoryScope> {
    const [name = '', ...rest] = repository.split('/');
    const registry = await readRegistry(facts, name);
    if (!registry) throw new Error(`no registry ${name}`);
    const image = rest.join('/');
    return { registry, image, imageId: imageId(registry.id, image) };
  }

  return {
    origin,
    facts,
    databaseUrl,
    bus: testBus.bus,
    events,
    roles,
    send,
    scope,
    get: (path, headers = {}) => send('GET', path, { headers }),
    async listAll(path) {
      const items: Record<string, unknown>[] = [];
      let after = '';
      for (let pages = 1; ; pages++) {
        const answer = await send<ListBody>('GET', `${path}${after}`);
        if (answer.status !== 200) throw new Error(`${path}${after}: ${JSON.stringify(answer.body)}`);
        items.push(...answer.body.items);
        if (answer.body.next === null) return { items, pages };
        after = `${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(answer.body.next)}`;
      }
    },
    async createRegistry(name, settings = {}) {
      const answer = await send('POST', '/registries', { body: { name, ...settings } });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      finder.forget(name);
      return (await scope(`${name}/any`)).registry;
    },
    async push(repository, content, tag) {
      const image = await imagePush({ facts, scope: await scope(repository) }, content, tag);
      return (await pushManifest(facts, { ...image, origin: ORIGIN })).digest;
    },
    end: () => life.shutdown('the test is done'),
    async stop() {
      await life.shutdown('the tests are done');
      await testBus.stop();
    },
  };
}

function playAuthToken(
  bus: Awaited<ReturnType<typeof startTestBus>>['bus'],
  roles: HttpFixture['roles'],
): void {
  bus.serve(authenticate, async ({ credential }) => {
    if (credential.kind !== 'basic' || credential.password !== 'secret')
      throw new ServiceError('UNAUTHORIZED', 'the password is wrong');
    const name = credential.username;
    return { principal: { id: `u-${name}`, kind: 'user', name, isAdmin: name === 'admin' } } as const;
  });
  bus.serve(effectiveRoles, async ({ principal, registryId }) => {
    if (principal.isAdmin) return { roles: ['admin' as const] };
    const role = roles.get(principal.name)?.get(registryId ?? '*');
    return { roles: role === undefined ? [] : [role] };
  });
  bus.serve(visibleRegistries, async ({ principal }) => ({
    all: principal.isAdmin,
    registryIds: principal.isAdmin ? [] : [...(roles.get(principal.name)?.keys() ?? [])],
  }));
}
