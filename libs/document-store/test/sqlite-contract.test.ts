import { documentStoreContract, openTemporaryStore } from '../testing/index.ts';

documentStoreContract(openTemporaryStore);
