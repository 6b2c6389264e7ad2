import { isAbsolute } from 'node:path';
import type { DocumentStore } from './port.ts';
import { openSqliteStore } from './sqlite/open-sqlite-store.ts';
import { StoreError } from './store-error.ts';

export interface StoreOptions {
  readonly logger?: { warn(message: string, fields?: object): void };
  /** Epoch milliseconds; versions follow it. Default `Date.now`. */
  readonly clock?: () => number;
  /** What a SQLite file may grow to: beyond it, writes are refused as STORAGE_FULL. */
  readonly maxSizeBytes?: number;
}

/**
 * Opens the store that the URL names: `sqlite:/absolute/path.db`. StoreError UNAVAILABLE when it cannot be opened or
 * another process has it open, or when the URL is of no known kind.
 */
export async function openDocumentStore({
  url,
  ...options
}: StoreOptions & { readonly url: string }): Promise<DocumentStore> {
  const [, scheme = '', rest = ''] = /^([a-z+]+):(.*)$/s.exec(url) ?? [];
  if (scheme !== 'sqlite') {
    throw new StoreError(
      'UNAVAILABLE',
      `No document store is known for "${scheme || url}:"; use sqlite:/path/file.db`,
    );
  }
  const path = rest.replace(/^\/\/(?=\/)/, '');
  if (!isAbsolute(path) || path.endsWith('/')) {
    throw new StoreError('UNAVAILABLE', `"${url}" does not name a file: sqlite: wants an absolute path`);
  }
  return openSqliteStore(path, options);
}
