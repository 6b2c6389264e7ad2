import type { Lifecycle } from '@berth/runtime';
import { instrumented } from './instrumented.ts';
import { openDocumentStore } from './open-document-store.ts';
import type { DocumentStore } from './port.ts';
import { traced } from './traced.ts';

/**
 * Opens the store of a service (`openDocumentStore`): closed with the service, part of its readiness, its operations among the
 * metrics and in the traces.
 */
export async function openServiceStore(life: Lifecycle, url: string): Promise<DocumentStore> {
  const store = await openDocumentStore({ url, logger: life.logger });
  life.onShutdown('document store', () => store.close());
  life.addReadiness('document store', () => store.check());
  return traced(instrumented(store, life.metrics), url.startsWith('mongodb') ? 'mongodb' : 'sqlite');
}
