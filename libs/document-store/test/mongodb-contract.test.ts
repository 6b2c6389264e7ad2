import { startMongo, type TestMongo } from '@berth/testing';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { documentStoreContract, temporaryMongoStores } from '../testing/index.ts';

/** Each test makes its indexes: a busy machine takes its time. */
jest.setTimeout(60_000);

let server: TestMongo;

beforeAll(async () => {
  server = await startMongo();
});

afterAll(() => server.stop());

documentStoreContract((options) => temporaryMongoStores(server)(options));
