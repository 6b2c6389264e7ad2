import type { Collection, DocumentStore } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import { type Delivery, deliveries } from './documents/delivery.ts';
import { type Lane, lanes } from './documents/lane.ts';
import { positions, type ReadingPosition } from './documents/reading-position.ts';
import { type Standing, standings } from './documents/standing.ts';
import { type Webhook, webhooks } from './documents/webhook.ts';

/** What all stories of the service work on: its documents, the clock, ids. */
export interface Records {
  readonly store: DocumentStore;
  readonly webhooks: Collection<Webhook>;
  readonly standings: Collection<Standing>;
  readonly deliveries: Collection<Delivery>;
  readonly lanes: Collection<Lane>;
  readonly positions: Collection<ReadingPosition>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Declares the collections on a store. */
export function openRecords(options: Pick<Records, 'store' | 'clock' | 'newId' | 'logger'>): Records {
  const { store } = options;
  return {
    ...options,
    webhooks: store.collection(webhooks),
    standings: store.collection(standings),
    deliveries: store.collection(deliveries),
    lanes: store.collection(lanes),
    positions: store.collection(positions),
  };
}

/** RFC 3339, UTC. */
export function timestamp(records: Pick<Records, 'clock'>): string {
  return new Date(records.clock()).toISOString();
}
