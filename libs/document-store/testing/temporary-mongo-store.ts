import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { openDocumentStore, type StoreOptions } from '../open-document-store.ts';
import type { DocumentStore } from '../port.ts';
import { urlOfDatabase } from '../url-of-database.ts';
import type { OpenStore } from './contract-fixture.ts';

/** A MongoDB store in a database of its own. */
export interface OpenMongoStore extends OpenStore {
  readonly url: string;
  /** One more on the same database, as another copy of a service has it; closed by `dispose`. */
  another(options?: StoreOptions): Promise<DocumentStore>;
}

/** Opens stores on a server, each in a fresh database that `dispose` drops. */
export function temporaryMongoStores(server: { readonly url: string }) {
  return async (options: StoreOptions = {}): Promise<OpenMongoStore> => {
    const url = urlOfDatabase(server.url, `berth_test_${randomUUID().slice(0, 13)}`);
    if (url === undefined) throw new TypeError('BERTH_TEST_MONGODB_URL must be mongodb://host');
    const stores = new Set<DocumentStore>();
    const open = async (changed: StoreOptions = {}) => {
      const store = await openDocumentStore({ ...options, ...changed, url });
      stores.add(store);
      return store;
    };
    let current = await open();
    return {
      url,
      store: current,
      another: open,
      async reopen(changed) {
        await current.close();
        current = await open(changed);
        return current;
      },
      async dispose() {
        for (const store of stores) await store.close();
        const client = new MongoClient(url);
        await client.db().dropDatabase();
        await client.close();
      },
    };
  };
}
