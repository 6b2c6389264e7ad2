import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDocumentStore, type StoreOptions } from '../open-document-store.ts';
import type { OpenStore } from './contract-fixture.ts';

/** A SQLite store in a folder of its own, which `dispose` removes. */
export async function openTemporaryStore(
  options: StoreOptions = {},
): Promise<OpenStore & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-store-'));
  const path = join(folder, 'store.db');
  let current = await openDocumentStore({ ...options, url: `sqlite:${path}` });
  return {
    path,
    store: current,
    async reopen(changed = {}) {
      await current.close();
      current = await openDocumentStore({ ...options, ...changed, url: `sqlite:${path}` });
      return current;
    },
    async dispose() {
      await current.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
