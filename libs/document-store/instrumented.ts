import type { Metrics } from '@berth/runtime';
import { exportCounters } from './export-counters.ts';
import type { Collection, CollectionDefinition, DocumentStore } from './port.ts';
import { isStoreError } from './store-error.ts';

/**
 * The same store with its operations timed: `berth_document_store_operation_seconds{operation, collection, result}`
 * (`ok`, an error code, or `ERROR`), and with its counters as metrics. `get`, `getMany`, `existing` and joins pass by untouched:
 * they cost less than their measurement.
 */
export function instrumented(store: DocumentStore, metrics: Metrics): DocumentStore {
  const seconds = metrics.histogram({
    name: 'berth_document_store_operation_seconds',
    help: 'Duration of document store operations.',
    labels: ['operation', 'collection', 'result'],
  });
  exportCounters(store, metrics);

  async function measure<T>(operation: string, collection: string, run: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let result = 'ok';
    try {
      return await run();
    } catch (error) {
      result = isStoreError(error) ? error.code : 'ERROR';
      throw error;
    } finally {
      seconds.observe((performance.now() - startedAt) / 1_000, { operation, collection, result });
    }
  }

  function collection<Body extends object>(definition: CollectionDefinition<Body>): Collection<Body> {
    const inner = store.collection(definition);
    const { name } = definition;
    return {
      ...inner,
      page: (query) => measure('page', name, () => inner.page(query)),
      insert: (id, body, options) => measure('insert', name, () => inner.insert(id, body, options)),
      replace: (document, options) => measure('replace', name, () => inner.replace(document, options)),
      remove: (document, options) => measure('remove', name, () => inner.remove(document, options)),
      increment: (id, increments, maxima) =>
        measure('increment', name, () => inner.increment(id, increments, maxima)),
    };
  }

  return {
    collection,
    join: (from, by, to) => store.join(from, by, to),
    writeMany: (writes) => measure('writeMany', '', () => store.writeMany(writes)),
    outbox: store.outbox,
    check: () => measure('check', '', () => store.check()),
    counters: store.counters,
    close: () => store.close(),
  };
}
