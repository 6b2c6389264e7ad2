import { jest } from '@jest/globals';
import { documentStoreContract, openTemporaryStore } from '../testing/index.ts';

/** Each test starts a store: a busy machine takes its time. */
jest.setTimeout(60_000);

documentStoreContract(openTemporaryStore);
