import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { urlOfDatabase } from '@berth/document-store';
import type { DataFolder } from './data-folder.ts';
import type { Secrets } from './secrets.ts';
import type { ServiceDefinition } from './service-table.ts';
import type { Settings } from './settings.ts';

/** What all services of one start share. */
export interface ServiceContext {
  readonly env: NodeJS.ProcessEnv;
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly secrets: Secrets;
  /** Holds the URL, with its password, of the nats-server of this start; null with a given one. */
  readonly natsUrlFile: string | null;
  /** Of a copy of distribution-api; null where none is started. */
  readonly distributionPort: number | null;
}

/** Settings of the embedded start, and those that each service gets its own value of. */
const NOT_PASSED_ON =
  /^BERTH_(?:LISTEN|DATA|SCALE|TLS_\w+|TOOLS_PATH|NATS_URL|NATS_CREDENTIALS_FILE|DATABASE_URL|STORAGE_URL|PUBLIC_URL|TRUSTED_PROXIES|DISTRIBUTION_URL|ADMIN_PASSWORD|PLATFORM_KEY|LOG_LEVEL|LOG_FILE|HTTP_LISTEN|ACCEL_REDIRECT|EXIT_WITH_PARENT)(?:_FILE)?$/;

/** Does a service get this setting as it was given to the start? */
export function isPassedOn(name: string): boolean {
  return !NOT_PASSED_ON.test(name);
}

/** The environment of one copy of a service. */
export function serviceEnvironment(
  service: ServiceDefinition,
  copy: { readonly port: number; readonly logFile: string },
  context: ServiceContext,
): NodeJS.ProcessEnv {
  const { settings, folder, secrets } = context;
  const passedOn = Object.entries(context.env).filter(([name]) => isPassedOn(name));
  return {
    // Fewer memory arenas: without it each thread of the pool keeps one of its own.
    MALLOC_ARENA_MAX: '2',
    UV_THREADPOOL_SIZE: '4',
    NODE_COMPILE_CACHE: folder.cache,
    ...Object.fromEntries(passedOn),
    BERTH_HTTP_LISTEN: `127.0.0.1:${copy.port}`,
    BERTH_LOG_LEVEL: settings.logLevel,
    BERTH_LOG_FILE: copy.logFile,
    BERTH_EXIT_WITH_PARENT: '1',
    BERTH_TRUSTED_PROXIES: ['127.0.0.1/32', '::1/128', ...settings.trustedProxies].join(','),
    ...(settings.publicUrl !== undefined && { BERTH_PUBLIC_URL: settings.publicUrl }),
    ...natsEnvironment(context),
    ...(service.hasDatabase && { BERTH_DATABASE_URL: databaseUrl(service.name, { settings, folder }) }),
    ...(service.needsStorage && storageEnvironment({ settings, folder })),
    ...(service.needsAdminPassword && secrets.adminPassword),
    ...(service.needsPlatformKey && secrets.platformKey),
    ...(service.needsDistribution && {
      BERTH_DISTRIBUTION_URL: `http://127.0.0.1:${context.distributionPort ?? 0}`,
    }),
  };
}

function natsEnvironment({ settings, natsUrlFile }: ServiceContext): NodeJS.ProcessEnv {
  if (natsUrlFile !== null) return { BERTH_NATS_URL_FILE: natsUrlFile };
  const { natsUrl, natsCredentialsFile } = settings;
  return {
    ...(natsUrl !== undefined && { BERTH_NATS_URL: natsUrl }),
    ...(natsCredentialsFile !== undefined && { BERTH_NATS_CREDENTIALS_FILE: natsCredentialsFile }),
  };
}

type Places = {
  readonly settings: Pick<Settings, 'databaseUrl' | 'storageUrl'>;
  readonly folder: Pick<DataFolder, 'databases' | 'blobs'>;
};

/**
 * A database per service: `berth_<service>` on the MongoDB server that the setting names, or a SQLite file in the folder
 * that it names or in the data folder's own.
 */
export function databaseUrl(service: string, { settings, folder }: Places): string {
  const onServer = urlOfDatabase(settings.databaseUrl ?? '', `berth_${service}`);
  if (onServer !== undefined) return onServer;
  const databases = settings.databaseUrl?.replace(/^sqlite:(?:\/\/(?=\/))?/, '') ?? folder.databases;
  return `sqlite:${join(databases, `${service}.db`)}`;
}

function storageEnvironment(places: Places): NodeJS.ProcessEnv {
  const url = storageUrl(places);
  // The gateway serves files by itself; what is in S3 it does not see.
  return { BERTH_STORAGE_URL: url, BERTH_ACCEL_REDIRECT: String(url.startsWith('file:')) };
}

export function storageUrl({ settings, folder }: Places): string {
  return settings.storageUrl ?? pathToFileURL(folder.blobs).href;
}
