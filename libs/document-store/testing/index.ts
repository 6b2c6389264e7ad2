import { describe } from '@jest/globals';
import type { OpenEmptyStore } from './contract-fixture.ts';
import { counterContract } from './counter-contract.ts';
import { documentContract } from './document-contract.ts';
import { fieldContract } from './field-contract.ts';
import { joinContract } from './join-contract.ts';
import { outboxContract } from './outbox-contract.ts';
import { pageContract } from './page-contract.ts';
import { searchContract } from './search-contract.ts';
import { writeContract } from './write-contract.ts';

export type { OpenEmptyStore, OpenStore } from './contract-fixture.ts';
export { describeOnMongo } from './mongo-suite.ts';
export { type OpenMongoStore, temporaryMongoStores } from './temporary-mongo-store.ts';
export { openTemporaryStore } from './temporary-store.ts';

/** Every rule of the port as a test: an adapter's whole test of it is this one call. */
export function documentStoreContract(open: OpenEmptyStore): void {
  describe('as every document store:', () => {
    documentContract(open);
    fieldContract(open);
    joinContract(open);
    pageContract(open);
    searchContract(open);
    writeContract(open);
    counterContract(open);
    outboxContract(open);
  });
}
