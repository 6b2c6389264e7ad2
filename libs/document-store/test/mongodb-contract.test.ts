import { jest } from '@jest/globals';
import { describeOnMongo, documentStoreContract } from '../testing/index.ts';

/** Each test makes its indexes: a busy machine takes its time. */
jest.setTimeout(60_000);

describeOnMongo('MongoDB', documentStoreContract);
