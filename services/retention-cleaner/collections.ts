import type { CollectionDefinition } from '@berth/document-store';
import { cleanupDecisions } from './documents/cleanup-decision.ts';
import { cleanupPolicies } from './documents/cleanup-policy.ts';
import { cleanupRuns } from './documents/cleanup-run.ts';
import { cleanupTasks } from './documents/cleanup-task.ts';
import { policySchedules } from './documents/policy-schedule.ts';
import { schedules } from './documents/schedule.ts';
import { sweeps } from './documents/sweep.ts';

/** All that the service keeps, for export and import; what names something comes before it. */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[sweeps, schedules, cleanupDecisions, cleanupTasks, cleanupRuns, policySchedules, cleanupPolicies],
] as unknown as readonly CollectionDefinition[];
