import {
  type Collection,
  type Db,
  MongoClient,
  type MongoClientOptions,
  ReadConcern,
  ReadPreference,
} from 'mongodb';
import { StoreError } from '../store-error.ts';
import { failureOf } from './mongo-failure.ts';
import type { StoredDocument } from './stored-document.ts';

/** What the server itself may take for a read or a write, and for its replication to a majority. */
export const OPERATION_TIMEOUT_MS = 8_000;

/** No call waits for longer than these together. What the URL says goes first. */
const DEFAULTS = {
  appName: 'berth',
  maxPoolSize: 50,
  maxIdleTimeMS: 60_000,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  waitQueueTimeoutMS: 5_000,
  socketTimeoutMS: 10_000,
} as const satisfies MongoClientOptions;

export interface MongoConnection {
  /** `mongodb://host:27017/berth_metadata`, without credentials: for messages. */
  readonly place: string;
  readonly database: Db;
  /** A collection whose writes are acknowledged by a majority; with `isRelaxed` by the primary alone. Reads go to it. */
  collection(name: string, isRelaxed?: boolean): Collection<StoredDocument>;
  close(): Promise<void>;
}

/** StoreError UNAVAILABLE when the URL is wrong or no server answers. */
export async function connectMongo(url: string): Promise<MongoConnection> {
  const client = clientOf(url);
  const { hosts, srvHost, dbName } = client.options;
  const servers = srvHost ?? hosts.map(String).join(',');
  const place = `mongodb://${servers}/${dbName}`;
  // The driver falls back to a database called `test`.
  if (!/^[^?]*:\/\/[^/]+\/[^?]+/.test(url)) {
    throw new StoreError(
      'UNAVAILABLE',
      `The URL of ${servers} names no database: mongodb://host/berth_metadata`,
    );
  }
  try {
    await client.connect();
    await client.db().command({ ping: 1 });
  } catch (cause) {
    await client.close();
    throw failureOf(cause, place);
  }
  const database = client.db();
  const readConcern = new ReadConcern('local');
  const readPreference = ReadPreference.primary;
  return {
    place,
    database,
    collection: (name, isRelaxed = false) =>
      database.collection<StoredDocument>(name, {
        readConcern,
        readPreference,
        writeConcern: isRelaxed ? { w: 1 } : { w: 'majority', wtimeoutMS: OPERATION_TIMEOUT_MS },
      }),
    close: () => client.close(),
  };
}

function clientOf(url: string): MongoClient {
  const [, query = ''] = /\?(.*)$/s.exec(url) ?? [];
  const given = new Set([...new URLSearchParams(query).keys()].map((name) => name.toLowerCase()));
  const defaults = Object.entries(DEFAULTS).filter(([name]) => !given.has(name.toLowerCase()));
  try {
    return new MongoClient(url, { ...Object.fromEntries(defaults), ignoreUndefined: true });
  } catch (error) {
    // Its message, and with it the cause, may hold the URL with its password.
    const reason = error instanceof Error ? error.message.replaceAll(url, 'the URL') : '';
    const said = reason.includes('@') ? 'it is no valid connection string' : reason;
    throw new StoreError('UNAVAILABLE', `The URL of the MongoDB database cannot be used: ${said}`);
  }
}
