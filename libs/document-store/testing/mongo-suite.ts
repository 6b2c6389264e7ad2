import { hasMongo, startMongo, type TestMongo } from '@berth/testing';
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { StoreOptions } from '../open-document-store.ts';
import { type OpenMongoStore, temporaryMongoStores } from './temporary-mongo-store.ts';

/** A suite with a MongoDB server; skipped where there is none and none is required. */
export function describeOnMongo(
  name: string,
  body: (open: (options?: StoreOptions) => Promise<OpenMongoStore>) => void,
): void {
  (hasMongo() ? describe : describe.skip)(name, () => {
    let server: TestMongo;

    beforeAll(async () => {
      server = await startMongo();
    });

    afterAll(() => server.stop());

    body((options) => temporaryMongoStores(server)(options));
  });
}
