import { mongoKinds, type TestMongo } from '@berth/testing';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { StoreOptions } from '../open-document-store.ts';
import { type OpenMongoStore, temporaryMongoStores } from './temporary-mongo-store.ts';

/** A suite on each MongoDB server that there is; skipped where there is none. */
export function describeOnMongo(
  name: string,
  body: (open: (options?: StoreOptions) => Promise<OpenMongoStore>) => void,
): void {
  const kinds = mongoKinds();
  if (kinds.length === 0) test.skip(`${name}: there is no MongoDB`, () => {});
  for (const kind of kinds) {
    describe(`${name}, on ${kind.name}`, () => {
      let server: TestMongo;

      beforeAll(async () => {
        server = await kind.start();
      }, 300_000);

      afterAll(() => server.stop());

      body((options) => temporaryMongoStores(server)(options));
    });
  }
}
