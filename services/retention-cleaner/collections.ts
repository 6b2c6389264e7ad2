import type { CollectionDefinition } from '@berth/document-store';
import { schedules } from './documents/schedule.ts';
import { sweeps } from './documents/sweep.ts';

/** All that the service keeps, for export and import. */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[sweeps, schedules],
] as unknown as readonly CollectionDefinition[];
