import { existsSync } from 'node:fs';
import { openDocumentStore } from './open-document-store.ts';
import type { Collection, CollectionDefinition, DocumentStore } from './port.ts';
import { openSqliteReader } from './sqlite/open-sqlite-reader.ts';
import { StoreError } from './store-error.ts';

/** A store to read from while another process has it. */
export interface DocumentReader {
  collection<Body extends object>(
    definition: CollectionDefinition<Body>,
  ): Pick<Collection<Body>, 'get' | 'getMany' | 'page'>;
  readonly outbox: Pick<DocumentStore['outbox'], 'unsent'>;
  close(): Promise<void>;
}

/**
 * Opens the store that a URL names (`openDocumentStore`) to read it beside the service that writes to it. StoreError UNAVAILABLE when it
 * cannot be opened; a SQLite file that is not there is not made.
 */
export async function openDocumentReader(url: string): Promise<DocumentReader> {
  if (!url.startsWith('sqlite:')) return await openDocumentStore({ url });
  const path = url.replace(/^sqlite:(?:\/\/(?=\/))?/, '');
  if (!existsSync(path)) throw new StoreError('UNAVAILABLE', `there is no database at ${path}`);
  return openSqliteReader(path);
}
