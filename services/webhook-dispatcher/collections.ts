import type { CollectionDefinition } from '@berth/document-store';
import { deliveries } from './documents/delivery.ts';
import { lanes } from './documents/lane.ts';
import { positions } from './documents/reading-position.ts';
import { standings } from './documents/standing.ts';
import { webhooks } from './documents/webhook.ts';

/**
 * All that the service keeps, for export and import. How far the events were read comes first: those that are read again find their
 * deliveries.
 */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[positions, lanes, deliveries, standings, webhooks],
] as unknown as readonly CollectionDefinition[];
