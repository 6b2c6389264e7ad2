import type { Lifecycle } from '@berth/runtime';
import { exportCounters } from './export-counters.ts';
import { openDocumentStore } from './open-document-store.ts';
import type { DocumentStore } from './port.ts';

/**
 * Opens the store of a service (`openDocumentStore`): closed with the service, part of its readiness, its counters among the
 * metrics.
 */
export async function openServiceStore(life: Lifecycle, url: string): Promise<DocumentStore> {
  const store = await openDocumentStore({ url, logger: life.logger });
  life.onShutdown('document store', () => store.close());
  life.addReadiness('document store', () => store.check());
  exportCounters(store, life.metrics);
  return store;
}
