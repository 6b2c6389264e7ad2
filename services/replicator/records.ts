import type { Collection, DocumentStore } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import { type Endpoint, endpoints } from './documents/endpoint.ts';
import { type FailedTag, failedTags } from './documents/failed-tag.ts';
import { type Policy, policies } from './documents/policy.ts';
import { type Run, runs } from './documents/run.ts';
import { type RunProgress, runProgress } from './documents/run-progress.ts';
import { type Schedule, schedules } from './documents/schedule.ts';
import { type Task, tasks } from './documents/task.ts';
import { type WrittenTag, writtenTags } from './documents/written-tag.ts';

/** What all stories of the service work on: its documents, the clock, ids. */
export interface Records {
  readonly store: DocumentStore;
  readonly endpoints: Collection<Endpoint>;
  readonly policies: Collection<Policy>;
  readonly runs: Collection<Run>;
  readonly runProgress: Collection<RunProgress>;
  readonly tasks: Collection<Task>;
  readonly writtenTags: Collection<WrittenTag>;
  readonly failedTags: Collection<FailedTag>;
  readonly schedules: Collection<Schedule>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Declares the collections on a store. */
export function openRecords(options: Pick<Records, 'store' | 'clock' | 'newId' | 'logger'>): Records {
  const { store } = options;
  return {
    ...options,
    endpoints: store.collection(endpoints),
    policies: store.collection(policies),
    runs: store.collection(runs),
    runProgress: store.collection(runProgress),
    tasks: store.collection(tasks),
    writtenTags: store.collection(writtenTags),
    failedTags: store.collection(failedTags),
    schedules: store.collection(schedules),
  };
}

/** RFC 3339, UTC. */
export function timestamp(records: Pick<Records, 'clock'>): string {
  return new Date(records.clock()).toISOString();
}
