import { describeOnMongo, documentStoreContract } from '../testing/index.ts';

/** Each test makes its indexes: a busy machine takes its time. */
describeOnMongo('MongoDB', documentStoreContract);
