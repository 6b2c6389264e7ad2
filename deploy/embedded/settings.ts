import { resolve } from 'node:path';
import { checkBlobStoreUrl } from '@berth/blob-store';
import type { BusSettings } from '@berth/bus';
import { LOG_LEVELS, loadSettings, ProcessSettings, Setting, SettingsError } from '@berth/runtime';
import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox';
import { isCidr, parseListen } from './network-address.ts';
import { parseScale } from './scale.ts';
import { isPassedOn } from './service-environment.ts';
import type { ServiceDefinition } from './service-table.ts';
import { readTlsPair } from './tls-pair.ts';

/** Every setting of the embedded start; the services have more, which go to them as they are. */
export const EmbeddedSettings = Type.Object({
  BERTH_LISTEN: Setting.string({ default: '127.0.0.1:5000' }),
  BERTH_DATA: Setting.string({ default: './data' }),
  BERTH_PUBLIC_URL: Setting.optional(
    Setting.string({
      pattern: '^https?://[^/?#@\\s]+/?$',
      rule: 'must be an origin such as https://berth.example.com, without a path',
    }),
  ),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '' }),
  BERTH_ADMIN_PASSWORD: Setting.optional(
    Setting.string({
      isSecret: true,
      pattern: '^[\\s\\S]{8,1024}$',
      rule: 'must have 8 to 1024 characters',
    }),
  ),
  BERTH_PLATFORM_KEY: Setting.optional(
    Setting.string({
      isSecret: true,
      pattern: '^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$',
      rule: 'must be 32 bytes in base64 or in hex',
    }),
  ),
  BERTH_DATABASE_URL: Setting.optional(
    Setting.string({
      isSecret: true,
      pattern: '^(?:sqlite:/|mongodb(?:\\+srv)?://[^/?]+)',
      rule: 'must be sqlite:/absolute/folder or mongodb://host',
    }),
  ),
  BERTH_STORAGE_URL: Setting.optional(
    Setting.string({
      isSecret: true,
      pattern: '^(?:file:/|s3://)',
      rule: 'must be file:/absolute/folder or s3://bucket/prefix',
    }),
  ),
  BERTH_NATS_URL: Setting.optional(
    Setting.string({ isSecret: true, pattern: '^(?:nats|tls)://', rule: 'must be nats://host:port' }),
  ),
  BERTH_NATS_CREDENTIALS_FILE: Setting.optional(Setting.string()),
  BERTH_TLS_CERT_FILE: Setting.optional(Setting.string()),
  BERTH_TLS_KEY_FILE: Setting.optional(Setting.string()),
  BERTH_SCALE: Setting.list({ default: '' }),
  BERTH_LOG_LEVEL: Setting.enum(LOG_LEVELS, { default: 'info' }),
});
type Loaded = Static<typeof EmbeddedSettings>;

export interface Settings {
  readonly listen: { readonly host: string; readonly port: number };
  /** Absolute. */
  readonly dataFolder: string;
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly adminPassword: string | undefined;
  readonly platformKey: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly storageUrl: string | undefined;
  readonly natsUrl: string | undefined;
  readonly natsCredentialsFile: string | undefined;
  readonly natsReplicas: number;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  readonly copies: ReadonlyMap<string, number>;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** @throws SettingsError with every problem there is, those between two settings included */
export function loadEmbeddedSettings(
  env: Readonly<Record<string, string | undefined>>,
  services: readonly ServiceDefinition[],
): Settings {
  const { values, problems } = loadEach<Loaded>(EmbeddedSettings.properties, env);
  const ofServices = loadEach<Partial<BusSettings>>(passedOn(services), env);
  problems.push(...ofServices.problems, ...storageProblems(values.BERTH_STORAGE_URL));
  const listen = values.BERTH_LISTEN === undefined ? null : parseListen(values.BERTH_LISTEN);
  if (values.BERTH_LISTEN !== undefined && listen === null)
    problems.push(
      `BERTH_LISTEN: "${values.BERTH_LISTEN}" must be host:port, as in 127.0.0.1:5000 or [::]:5000`,
    );
  for (const cidr of values.BERTH_TRUSTED_PROXIES ?? [])
    if (!isCidr(cidr))
      problems.push(`BERTH_TRUSTED_PROXIES: "${cidr}" must be an address or a CIDR such as 10.0.0.0/8`);
  if (values.BERTH_NATS_CREDENTIALS_FILE !== undefined && values.BERTH_NATS_URL === undefined)
    problems.push('BERTH_NATS_CREDENTIALS_FILE: is for an own server only: give BERTH_NATS_URL as well');
  const natsReplicas = ofServices.values.BERTH_NATS_REPLICAS ?? 1;
  if (natsReplicas > 1 && values.BERTH_NATS_URL === undefined)
    problems.push('BERTH_NATS_REPLICAS: is for an own cluster only: give BERTH_NATS_URL as well');
  const scale = parseScale(values.BERTH_SCALE ?? [], {
    services,
    isSqlite: values.BERTH_DATABASE_URL?.startsWith('sqlite:') ?? true,
  });
  problems.push(...scale.problems);
  const tls = tlsOf(values, problems);
  if (problems.length > 0 || listen === null) throw new SettingsError(problems);
  return {
    listen,
    dataFolder: resolve(values.BERTH_DATA ?? ''),
    publicUrl: values.BERTH_PUBLIC_URL?.replace(/\/$/, ''),
    trustedProxies: values.BERTH_TRUSTED_PROXIES ?? [],
    adminPassword: values.BERTH_ADMIN_PASSWORD,
    platformKey: values.BERTH_PLATFORM_KEY,
    databaseUrl: values.BERTH_DATABASE_URL,
    storageUrl: values.BERTH_STORAGE_URL,
    natsUrl: values.BERTH_NATS_URL,
    natsCredentialsFile: absolute(values.BERTH_NATS_CREDENTIALS_FILE),
    natsReplicas,
    tls,
    copies: scale.copies,
    logLevel: values.BERTH_LOG_LEVEL ?? 'info',
  };
}

/** What no driver of the blob store can take. */
function storageProblems(url: string | undefined): string[] {
  try {
    if (url !== undefined) checkBlobStoreUrl(url);
    return [];
  } catch (error) {
    return [`BERTH_STORAGE_URL: ${(error as Error).message}`];
  }
}

/** Each setting by itself, so that one wrong one does not hide what is wrong between others. */
function loadEach<Values>(
  fields: Readonly<Record<string, TSchema>>,
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: Partial<Values>; readonly problems: string[] } {
  const values: Partial<Values> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const schema: TObject = Type.Object({ [name]: Type.Optional(field) });
    try {
      Object.assign(values, loadSettings(schema, env));
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { values, problems };
}

/** What the services read themselves, so that a mistake is told before anything is started. */
function passedOn(services: readonly ServiceDefinition[]): Record<string, TSchema> {
  const all = [ProcessSettings, ...services.map(({ settings }) => settings)];
  const fields = all.flatMap(({ properties }) => Object.entries<TSchema>(properties));
  return Object.fromEntries(fields.filter(([name]) => isPassedOn(name)));
}

function tlsOf(values: Partial<Loaded>, problems: string[]): Settings['tls'] {
  const certificateFile = absolute(values.BERTH_TLS_CERT_FILE);
  const keyFile = absolute(values.BERTH_TLS_KEY_FILE);
  if (certificateFile === undefined && keyFile === undefined) return undefined;
  if (certificateFile === undefined || keyFile === undefined) {
    problems.push('BERTH_TLS_CERT_FILE, BERTH_TLS_KEY_FILE: give both or none');
    return undefined;
  }
  try {
    readTlsPair({ certificateFile, keyFile });
  } catch (error) {
    problems.push(`BERTH_TLS_CERT_FILE, BERTH_TLS_KEY_FILE: ${(error as Error).message}`);
  }
  return { certificateFile, keyFile };
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
