import type { CollectionDefinition } from '@berth/document-store';
import { endpoints } from './documents/endpoint.ts';
import { failedTags } from './documents/failed-tag.ts';
import { policies } from './documents/policy.ts';
import { runs } from './documents/run.ts';
import { runProgress } from './documents/run-progress.ts';
import { schedules } from './documents/schedule.ts';
import { tasks } from './documents/task.ts';
import { writtenTags } from './documents/written-tag.ts';

/** All that the service keeps, for export and import. */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[endpoints, policies, schedules, runs, runProgress, tasks, writtenTags, failedTags],
] as unknown as readonly CollectionDefinition[];
