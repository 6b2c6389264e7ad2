import { join } from 'node:path';
import type { TObject } from '@sinclair/typebox';
import { AuthTokenSettings } from '../../services/auth-token/config.ts';
import { DistributionSettings } from '../../services/distribution-api/config.ts';
import { MetadataSettings } from '../../services/metadata/config.ts';
import { ReplicatorSettings } from '../../services/replicator/config.ts';
import { RetentionCleanerSettings } from '../../services/retention-cleaner/config.ts';
import { WebhookDispatcherSettings } from '../../services/webhook-dispatcher/config.ts';

/** What the embedded start needs to know of a service; a new service is one more entry. */
export interface ServiceDefinition {
  readonly name: string;
  /** The program, absolute. */
  readonly main: string;
  /** What it reads from its environment. */
  readonly settings: TObject;
  /** What the gateway sends to it; `/*` at the end stands for the path itself and all below. */
  readonly routes: readonly string[];
  /** Gets a database of its own, and with SQLite runs once only. */
  readonly hasDatabase: boolean;
  readonly needsStorage: boolean;
  /** Gets the admin's first password. */
  readonly needsAdminPassword: boolean;
  /** Gets the key that encrypts stored secrets. */
  readonly needsPlatformKey: boolean;
  /** Is told where a copy of distribution-api answers. */
  readonly needsDistribution: boolean;
  /** Without it neither push nor pull works: `/readyz` of the gateway depends on it. */
  readonly isEssential: boolean;
}

const folder = join(import.meta.dirname, '../../services');

/**
 * A bounded heap keeps the resident memory low; the bytes of blobs are not in it. A small young generation frees what came in of a blob
 * sooner: with 16 MiB an upload to S3 takes 50 MB more, and nothing is faster. Compiled code is kept: pushes collect garbage so often that
 * else V8 throws that of pulls away meanwhile, and the first of them take twice the time.
 */
export const NODE_FLAGS = ['--max-old-space-size=160', '--max-semi-space-size=4', '--no-flush-bytecode'];

const common = {
  hasDatabase: false,
  needsStorage: false,
  needsAdminPassword: false,
  needsPlatformKey: false,
  needsDistribution: false,
  isEssential: true,
} as const;

export const SERVICES: readonly ServiceDefinition[] = [
  {
    ...common,
    name: 'metadata',
    main: join(folder, 'metadata/main.ts'),
    settings: MetadataSettings,
    routes: ['/api/v1/registries/*', '/api/v1/protection/*', '/api/v1/', '/api/v1/openapi.json'],
    hasDatabase: true,
  },
  {
    ...common,
    name: 'auth-token',
    main: join(folder, 'auth-token/main.ts'),
    settings: AuthTokenSettings,
    routes: ['/token', '/.well-known/jwks.json', '/api/v1/access/*', '/api/v1/audit/*'],
    hasDatabase: true,
    needsAdminPassword: true,
    needsPlatformKey: true,
  },
  {
    ...common,
    name: 'distribution-api',
    main: join(folder, 'distribution-api/main.ts'),
    settings: DistributionSettings,
    routes: ['/v2/*'],
    needsStorage: true,
  },
  {
    ...common,
    name: 'webhook-dispatcher',
    main: join(folder, 'webhook-dispatcher/main.ts'),
    settings: WebhookDispatcherSettings,
    routes: ['/api/v1/webhooks/*'],
    hasDatabase: true,
    needsPlatformKey: true,
    isEssential: false,
  },
  {
    ...common,
    name: 'retention-cleaner',
    main: join(folder, 'retention-cleaner/main.ts'),
    settings: RetentionCleanerSettings,
    routes: ['/api/v1/cleanup/*'],
    hasDatabase: true,
    needsStorage: true,
    isEssential: false,
  },
  {
    ...common,
    name: 'replicator',
    main: join(folder, 'replicator/main.ts'),
    settings: ReplicatorSettings,
    routes: ['/api/v1/replication/*'],
    hasDatabase: true,
    needsPlatformKey: true,
    needsDistribution: true,
    isEssential: false,
  },
];
