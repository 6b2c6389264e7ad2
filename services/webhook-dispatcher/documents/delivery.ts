import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** The latest attempts that are kept. */
export const ATTEMPTS_KEPT = 20;

const Attempt = Type.Object({
  at: Type.String(),
  durationMs: Type.Integer(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
});
export type Attempt = Static<typeof Attempt>;

const Headers = Type.Record(Type.String(), Type.String());

/** What was sent, without what is secret. */
const SentRequest = Type.Object({ url: Type.String(), headers: Headers, body: Type.String() });
export type SentRequest = Static<typeof SentRequest>;

/** What came back, without what is secret, the first 4 KiB. */
const ReceivedResponse = Type.Object({
  status: Type.Integer(),
  headers: Headers,
  body: Type.String(),
  isTruncated: Type.Boolean(),
});
export type ReceivedResponse = Static<typeof ReceivedResponse>;

/** One event for one webhook; its id is `<webhook id>.<event id>`, so that an event that is read again finds it. */
const Delivery = Type.Object({
  webhookId: Type.String(),
  eventId: Type.String(),
  /** `artifact.pushed` */
  type: Type.String(),
  subject: Type.String(),
  /** The event as JSON. */
  event: Type.String(),
  /** Grows in the order of the events, also over streams; 0 for those that have no order. */
  ordinal: Type.Integer(),
  state: Type.Union([Type.Literal('pending'), Type.Literal('succeeded'), Type.Literal('failed')]),
  /** While it is pending: the lane in which it waits for its turn. */
  lane: Type.Optional(Type.String()),
  /** Epoch milliseconds: when it is tried again, after a failed attempt. */
  dueAt: Type.Optional(Type.Integer()),
  /** Attempts since it was made, or asked for again. */
  tries: Type.Integer(),
  attemptCount: Type.Integer(),
  attempts: Type.Array(Attempt),
  request: Type.Optional(SentRequest),
  response: Type.Optional(ReceivedResponse),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});
export type Delivery = Static<typeof Delivery>;
export type DeliveryDocument = Delivery & Stored;

export const deliveries: CollectionDefinition<Delivery> = {
  name: 'deliveries',
  schema: Delivery,
  indexes: {
    byLane: [{ field: 'lane' }, { field: 'ordinal' }],
    byWebhook: [{ field: 'webhookId' }, { field: 'createdAt' }, { field: 'ordinal' }],
    byState: [{ field: 'webhookId' }, { field: 'state' }, { field: 'createdAt' }, { field: 'ordinal' }],
    byAge: [{ field: 'state' }, { field: 'createdAt' }],
  },
};

export function deliveryId(webhookId: string, eventId: string): string {
  return `${webhookId}.${eventId}`;
}
