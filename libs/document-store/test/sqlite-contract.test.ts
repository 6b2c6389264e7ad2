import { documentStoreContract, openTemporaryStore } from '../testing/index.ts';

/** Each test starts a store: a busy machine takes its time. */
documentStoreContract(openTemporaryStore);
