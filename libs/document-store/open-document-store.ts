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
 * Opens the store that the URL names: `sqlite:/absolute/path.db`, or `mongodb://host/database` (also `mongodb+srv:`).
 * StoreError UNAVAILABLE when it cannot be opened, when another process has a SQLite file open, or when the URL is of no
 * known kind.
 */
export async function openDocumentStore({
  url,
  ...options
}: StoreOptions & { readonly url: string }): Promise<DocumentStore> {
  const [, scheme = '', rest = ''] = /^([a-z+]+):(.*)$/s.exec(url) ?? [];
  if (scheme === 'mongodb' || scheme === 'mongodb+srv') {
    // The driver takes some 40 MB of a process, which those on SQLite need not have.
    const { openMongoStore } = await import('./mongodb/open-mongodb-store.ts');
    return await openMongoStore(url, options);
  }
  if (scheme !== 'sqlite') {
    throw new StoreError(
      'UNAVAILABLE',
      `No document store is known for "${scheme || url}:"; use sqlite:/path/file.db or mongodb://host/database`,
    );
  }
  const path = rest.replace(/^\/\/(?=\/)/, '');
  if (!isAbsolute(path) || path.endsWith('/')) {
    throw new StoreError('UNAVAILABLE', `"${url}" does not name a file: sqlite: wants an absolute path`);
  }
  return openSqliteStore(path, options);
}
