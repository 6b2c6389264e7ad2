import { createListeners } from '../listeners.ts';
import type { DocumentReader } from '../open-document-reader.ts';
import { StoreError } from '../store-error.ts';
import { createCheckpointSignal } from './checkpoint-signal.ts';
import { layoutOf } from './collection-layout.ts';
import { openReader } from './reader.ts';
import { createSqliteCollection } from './sqlite-collection.ts';
import { createSqliteOutbox } from './sqlite-outbox.ts';

/** The reading half of a store in a file: takes no lock, and leaves the file as it is. */
export function openSqliteReader(path: string): DocumentReader {
  const signal = createCheckpointSignal();
  // A snapshot for each read alone: the process that writes could not start its log anew otherwise.
  signal.begin();
  const reader = openReader(path, signal);
  const refuse = () => Promise.reject(new StoreError('UNAVAILABLE', `${path} is open for reading alone`));
  return {
    collection: (definition) =>
      createSqliteCollection(definition, {
        ...{ path, reader, execute: refuse },
        layout: layoutOf(definition),
        preparing: () => undefined,
      }),
    outbox: createSqliteOutbox({ path, reader, submit: refuse, listeners: createListeners(undefined) }),
    async close() {
      reader.close();
    },
  };
}
