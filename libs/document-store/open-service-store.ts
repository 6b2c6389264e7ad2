import type { Lifecycle } from '@berth/runtime';
import { findUnfinishedImport, HALF_IMPORTED } from './import-mark.ts';
import { instrumented } from './instrumented.ts';
import { openDocumentStore } from './open-document-store.ts';
import type { DocumentStore } from './port.ts';
import { StoreError } from './store-error.ts';
import { traced } from './traced.ts';

/**
 * Opens the store of a service (`openDocumentStore`): closed with the service, part of its readiness, its operations among the
 * metrics and in the traces. StoreError UNAVAILABLE when an import into it did not end.
 */
export async function openServiceStore(life: Lifecycle, url: string): Promise<DocumentStore> {
  const store = await openDocumentStore({ url, logger: life.logger });
  life.onShutdown('document store', () => store.close());
  await assertWhole(store);
  life.addReadiness('document store', () => store.check());
  return traced(instrumented(store, life.metrics), url.startsWith('mongodb') ? 'mongodb' : 'sqlite');
}

/** What is missing in half of the facts would be taken for what nobody needs, and be deleted. */
async function assertWhole(store: DocumentStore): Promise<void> {
  const startedAt = await findUnfinishedImport(store);
  if (startedAt === null) return;
  const message = `the import into this database that began at ${startedAt} did not end: ${HALF_IMPORTED}`;
  throw new StoreError('UNAVAILABLE', message, { detail: { startedAt } });
}
