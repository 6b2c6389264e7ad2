import type { Collection, DocumentStore } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import { type CleanupDecision, cleanupDecisions } from './documents/cleanup-decision.ts';
import { type CleanupPolicy, cleanupPolicies } from './documents/cleanup-policy.ts';
import { type CleanupRun, cleanupRuns } from './documents/cleanup-run.ts';
import { type CleanupTask, cleanupTasks } from './documents/cleanup-task.ts';
import { type PolicySchedule, policySchedules } from './documents/policy-schedule.ts';
import { type Schedule, schedules } from './documents/schedule.ts';
import { type Sweep, sweeps } from './documents/sweep.ts';

/** What all stories of the service work on: its documents, the clock, ids. */
export interface Records {
  readonly store: DocumentStore;
  readonly sweeps: Collection<Sweep>;
  readonly schedules: Collection<Schedule>;
  readonly policies: Collection<CleanupPolicy>;
  readonly policySchedules: Collection<PolicySchedule>;
  readonly runs: Collection<CleanupRun>;
  readonly tasks: Collection<CleanupTask>;
  readonly decisions: Collection<CleanupDecision>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Declares the collections on a store. */
export function openRecords(options: Pick<Records, 'store' | 'clock' | 'newId' | 'logger'>): Records {
  const { store } = options;
  return {
    ...options,
    sweeps: store.collection(sweeps),
    schedules: store.collection(schedules),
    policies: store.collection(cleanupPolicies),
    policySchedules: store.collection(policySchedules),
    runs: store.collection(cleanupRuns),
    tasks: store.collection(cleanupTasks),
    decisions: store.collection(cleanupDecisions),
  };
}

/** RFC 3339, UTC. */
export function timestamp(records: Pick<Records, 'clock'>): string {
  return new Date(records.clock()).toISOString();
}
