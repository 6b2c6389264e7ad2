import type { CollectionDefinition } from '@berth/document-store';
import { endpoints } from './documents/endpoint.ts';
import { policies } from './documents/policy.ts';
import { runs } from './documents/run.ts';
import { tasks } from './documents/task.ts';

/** All that the service keeps, for export and import. */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[endpoints, policies, runs, tasks],
] as unknown as readonly CollectionDefinition[];
