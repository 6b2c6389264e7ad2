import type { SweepProgress } from '@berth/contracts';
import type { Metrics } from '@berth/runtime';
import type { Sweep } from '../documents/sweep.ts';

export interface SweepMetrics {
  /** A sweep that this copy ran to its end. */
  ended(sweep: Sweep, now: number): void;
  /** How often one begins. */
  scheduled(everyMs: number): void;
  /** When one last succeeded, on whichever copy; epoch milliseconds. */
  succeeded(at: number): void;
}

export function createSweepMetrics(metrics: Metrics): SweepMetrics {
  const sweeps = metrics.counter({
    name: 'berth_sweeps_total',
    help: 'Storage sweeps that ended, by state',
    labels: ['state'],
  });
  // An increase from nothing is none to Prometheus: the first failure is to be one.
  for (const state of ['succeeded', 'failed', 'cancelled']) sweeps.inc({ state }, 0);
  const duration = metrics.histogram({
    name: 'berth_sweep_duration_seconds',
    help: 'Time from the start of a storage sweep to its end',
    buckets: [0.1, 1, 10, 60, 300, 1_800, 7_200, 28_800],
  });
  const freed = metrics.counter({
    name: 'berth_sweep_freed_bytes_total',
    help: 'Bytes that storage sweeps deleted from the blob store',
  });
  const documents = metrics.counter({
    name: 'berth_sweep_documents_total',
    help: 'What storage sweeps looked at, by kind and by what became of it',
    labels: ['kind', 'outcome'],
  });
  const succeededAt = metrics.gauge({
    name: 'berth_sweep_last_success_timestamp_seconds',
    help: 'When a storage sweep last succeeded; where none has, when the oldest that is remembered was made',
  });
  const interval = metrics.gauge({
    name: 'berth_sweep_interval_seconds',
    help: 'From one storage sweep to the next',
  });
  return {
    ended({ state, startedAt, progress }, now) {
      sweeps.inc({ state });
      if (startedAt !== undefined) duration.observe(Math.max(0, now - Date.parse(startedAt)) / 1_000);
      freed.inc({}, progress.keys.freedBytes);
      for (const [kind, outcome, count] of countsOf(progress)) documents.inc({ kind, outcome }, count);
      if (state === 'succeeded') succeededAt.set(now / 1_000);
    },
    scheduled: (everyMs) => interval.set(everyMs / 1_000),
    succeeded: (at) => succeededAt.set(at / 1_000),
  };
}

function countsOf({ links, blobs, uploads, keys, unfinishedWrites }: SweepProgress) {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
  return [
    ['link', 'removed', links.removed],
    ['link', 'kept', sum(links.kept)],
    ['blob', 'condemned', blobs.condemned],
    ['blob', 'removed', blobs.removed],
    ['blob', 'kept', sum(blobs.kept)],
    ['upload', 'discarded', uploads.abandoned + uploads.unnamed],
    ['upload', 'kept', sum(uploads.kept)],
    ['key', 'deleted', keys.deleted],
    ['key', 'failed', keys.failed],
    ['unfinishedWrite', 'discarded', unfinishedWrites.discarded],
    ['unfinishedWrite', 'kept', unfinishedWrites.kept],
  ] as const;
}
