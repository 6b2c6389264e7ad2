import type { Metrics } from '@berth/runtime';
import type { DocumentStore } from './port.ts';

/** The counters of a store as `berth_document_writes_total` and `berth_durable_commits_total`. */
export function exportCounters(store: Pick<DocumentStore, 'counters'>, metrics: Metrics): void {
  metrics.gauge({
    name: 'berth_document_writes_total',
    help: 'Documents written since the start.',
    read: () => store.counters.documentWrites,
  });
  metrics.gauge({
    name: 'berth_durable_commits_total',
    help: 'Commits that were flushed to the disk since the start.',
    read: () => store.counters.durableCommits,
  });
}
