import { inSpan, isTracing } from '@berth/runtime';
import type { Collection, CollectionDefinition, DocumentStore } from './port.ts';
import { isStoreError } from './store-error.ts';

/**
 * The same store with a span for each operation of a request that is traced: what was done in which collection, never
 * an id or a value. Without tracing it is the store itself.
 */
export function traced(store: DocumentStore, system: string): DocumentStore {
  if (!isTracing()) return store;

  function span<T>(operation: string, collection: string, run: () => Promise<T>): Promise<T> {
    const name = collection === '' ? operation : `${operation} ${collection}`;
    const attributes = {
      'db.system.name': system,
      'db.operation.name': operation,
      ...(collection !== '' && { 'db.collection.name': collection }),
    };
    return inSpan(name, { kind: 'client', attributes, isFailure }, run);
  }

  function collection<Body extends object>(definition: CollectionDefinition<Body>): Collection<Body> {
    const inner = store.collection(definition);
    const { name } = definition;
    return {
      get: (id) => span('get', name, () => inner.get(id)),
      getMany: (ids, options) => span('getMany', name, () => inner.getMany(ids, options)),
      existing: (ids) => span('existing', name, () => inner.existing(ids)),
      page: (query) => span('page', name, () => inner.page(query)),
      insert: (id, body, options) => span('insert', name, () => inner.insert(id, body, options)),
      replace: (document, options) => span('replace', name, () => inner.replace(document, options)),
      remove: (document, options) => span('remove', name, () => inner.remove(document, options)),
      increment: (id, increments, maxima) =>
        span('increment', name, () => inner.increment(id, increments, maxima)),
      write: inner.write,
    };
  }

  return {
    collection,
    join(from, by, to) {
      const read = store.join(from, by, to);
      return (id) => span('join', from.name, () => read(id));
    },
    writeMany: (writes) => span('writeMany', '', () => store.writeMany(writes)),
    outbox: store.outbox,
    check: () => store.check(),
    counters: store.counters,
    close: () => store.close(),
  };
}

/** A lost race is part of how things go. */
function isFailure(error: unknown): boolean {
  return !isStoreError(error) || error.code === 'UNAVAILABLE' || error.code === 'STORAGE_FULL';
}
