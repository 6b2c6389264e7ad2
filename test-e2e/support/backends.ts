import {
  hasMongoStandIn,
  mongoKinds,
  startMongoStandIn,
  startS3,
  type TestMongo,
  type TestS3,
} from '@berth/testing';
import { SERVICES } from '../../deploy/embedded/service-table.ts';
import { type BerthProduct, type ProductOptions, startBerthProduct } from './berth-product.ts';
import { settings } from './settings.ts';

/** Where a Berth keeps what it keeps. */
export const BACKENDS = ['SQLite and files', 'MongoDB and S3, two copies of every service'] as const;
export type BackendsName = (typeof BACKENDS)[number];

export const PRODUCTION: BackendsName = BACKENDS[1];

/** A Berth with the servers that it needs. */
export interface BackedProduct {
  readonly product: BerthProduct;
  /** What it was started with besides its data folder, for programs that find it by its settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the blobs, as the product has it. */
  readonly storageUrl: string;
  readonly s3: TestS3 | null;
  readonly mongo: TestMongo | null;
  /** Stops all of it. */
  stop(): Promise<void>;
}

/** What `describeWith` is to ask for: the programs that are needed besides the product. */
export function needsOf(backends: BackendsName): { programs: readonly string[]; obstacle?: string | null } {
  if (backends !== PRODUCTION) return { programs: [] };
  return { programs: ['versitygw'], obstacle: hasMongoStandIn() ? null : 'missing: mongo-stand-in' };
}

/** `name=2` for every service. */
export const TWO_OF_EACH = SERVICES.map(({ name }) => `${name}=2`).join(',');

/** Starts Berth on what the settings of the tests say. */
export function startChosen(options: ProductOptions = {}): Promise<BackedProduct> {
  return startBacked(settings.isProduction ? PRODUCTION : BACKENDS[0], options);
}

/** Starts Berth as `backends` says; what it needs ends with it, also when it does not start. */
export async function startBacked(
  backends: BackendsName,
  options: ProductOptions = {},
): Promise<BackedProduct> {
  if (backends !== PRODUCTION) {
    const product = await startBerthProduct(options);
    return {
      ...{ product, settings: {}, s3: null, mongo: null },
      storageUrl: `file:${product.berth.dataFolder}/blobs`,
      stop: () => product.stop(),
    };
  }
  const [s3, mongo] = await Promise.all([startS3(), startMongo()]);
  const stopServers = async (): Promise<void> => {
    await Promise.all([s3.stop(), mongo.stop()]);
  };
  try {
    const storageUrl = s3.storageUrl('berth');
    const given = { ...s3.credentials, BERTH_STORAGE_URL: storageUrl, BERTH_DATABASE_URL: mongo.url };
    const product = await startBerthProduct({
      ...options,
      env: { ...given, BERTH_SCALE: TWO_OF_EACH, ...options.env },
    });
    return {
      ...{ product, settings: given, s3, mongo, storageUrl },
      async stop() {
        await product.stop();
        await stopServers();
      },
    };
  } catch (error) {
    await stopServers();
    throw error;
  }
}

async function startMongo(): Promise<TestMongo> {
  const [kind] = mongoKinds();
  return kind ? await kind.start() : await startMongoStandIn();
}
