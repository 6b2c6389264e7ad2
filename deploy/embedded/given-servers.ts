import { openBlobStore } from '@berth/blob-store';
import { connectBus } from '@berth/bus';
import { openDocumentStore } from '@berth/document-store';
import { createMetrics, silentLogger } from '@berth/runtime';
import { reasonOf } from './start-error.ts';

/** Servers that are not Berth's own, where they are given. */
export interface GivenServers {
  readonly storageUrl?: string | undefined;
  /** Of the database of a service. */
  readonly databaseUrls: readonly string[];
  readonly nats?:
    | {
        readonly servers: string;
        readonly credentialsFile: string | undefined;
        readonly streamReplicas: number;
      }
    | undefined;
}

const NATS_TIMEOUT_MS = 5_000;

const ADVICE = {
  BERTH_STORAGE_URL: 'see to the bucket or folder, its address and its credentials',
  BERTH_DATABASE_URL: 'see that MongoDB runs there, and to the user and password',
  BERTH_NATS_URL: 'see that NATS with JetStream runs there, and to the user, password or credentials file',
} as const;

/** What is wrong with each, in words for the person who set it, within seconds: the setting, the address, and what to do. */
export async function problemsOf({ storageUrl, databaseUrls, nats }: GivenServers): Promise<string[]> {
  const looks = [
    ...(storageUrl === undefined ? [] : [told('BERTH_STORAGE_URL', lookAtStorage(storageUrl))]),
    told('BERTH_DATABASE_URL', lookAtDatabases(databaseUrls)),
    ...(nats === undefined ? [] : [told('BERTH_NATS_URL', lookAtNats(nats))]),
  ];
  return (await Promise.all(looks)).filter((problem) => problem !== null);
}

async function told(setting: keyof typeof ADVICE, look: Promise<void>): Promise<string | null> {
  try {
    await look;
    return null;
  } catch (error) {
    return `${setting}: ${reasonOf(error)}; ${ADVICE[setting]}`;
  }
}

async function lookAtStorage(url: string): Promise<void> {
  const blobs = await openBlobStore({ url });
  await blobs.close();
}

/** The first that refuses ends it: they are on one server. */
async function lookAtDatabases(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    const store = await openDocumentStore({ url });
    await store.close();
  }
}

async function lookAtNats(nats: NonNullable<GivenServers['nats']>): Promise<void> {
  const bus = await connectBus({
    ...nats,
    service: 'start',
    logger: silentLogger,
    metrics: createMetrics('start', { withProcess: false }),
    connectTimeoutMs: NATS_TIMEOUT_MS,
  });
  await bus.close();
}
