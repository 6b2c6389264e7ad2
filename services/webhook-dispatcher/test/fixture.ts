import { join } from 'node:path';
import { createSecretBox } from '@berth/access';
import type { CloudEvent, EventData, EventType } from '@berth/contracts';
import { type DocumentStore, openDocumentStore, type Write } from '@berth/document-store';
import { createOutbound, type Resolve } from '@berth/outbound';
import { type Bell, createBell, createMetrics, newId, silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import type { Dispatcher } from '../dispatcher.ts';
import { type DeliveryDocument, deliveryId } from '../documents/delivery.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import type { Origin } from '../events.ts';
import { takeEvents } from '../intake/take-events.ts';
import { openRecords, type Records } from '../records.ts';
import { createDeliveryMetrics } from '../turns/delivery-metrics.ts';
import { type Dispatch, startDispatch } from '../turns/dispatch.ts';
import { type Hold, takeInHand } from '../turns/hold.ts';
import { takeTurn } from '../turns/take-turn.ts';
import { createWebhook, type WebhookRequest } from '../webhooks/create-webhook.ts';

export const ALICE = { id: 'u-alice', kind: 'user', name: 'alice' } as const;
export const ORIGIN: Origin = { actor: ALICE, via: 'api', address: '192.0.2.7' };
export const ACME = { id: 'r-acme', name: 'acme' } as const;
export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Thrown where a test ends a story; nothing in the product catches it. */
export class Crash extends Error {}

/** The stories on a real store, with a clock that tests move and a store that dies where they say. */
export interface Fixture {
  readonly records: Records;
  readonly dispatcher: Dispatcher;
  advance(ms: number): void;
  now(): number;
  /** The next `writeMany` of several writes stores so many of them, and ends as if the process had died. */
  crashAfter(writes: number): void;
  readonly crashes: number;
  /** Does that just before the next `writeMany` of several writes. */
  meanwhile(action: () => Promise<unknown>): void;
  /** A webhook of acme for every event, unless told otherwise. */
  webhook(
    url: string,
    settings?: Partial<WebhookRequest['settings']>,
    of?: typeof ACME | null,
  ): Promise<WebhookDocument>;
  /** Stores the deliveries of events, as if they had been read from the bus. */
  take(...events: CloudEvent[]): Promise<void>;
  /** A copy of the service that delivers; `holder` tells copies apart. */
  dispatch(holder?: string): Dispatch;
  /** One turn of the webhook alone, taken in hand by the copy `one`. */
  turn(
    webhook: WebhookDocument,
  ): Promise<{ readonly hold: Hold; readonly bell: Bell; readonly ended: Promise<void> }>;
  delivery(webhook: WebhookDocument, event: CloudEvent): Promise<DeliveryDocument>;
  all(): Promise<{ deliveries: DeliveryDocument[]; lanes: string[] }>;
  dispose(): Promise<void>;
}

export interface FixtureOptions {
  readonly resolve?: Resolve;
  readonly allowedCidrs?: readonly string[];
  readonly retryPauseMs?: number;
}

export async function openFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const folder = await temporaryFolder();
  const dyingStore = dying(await openDocumentStore({ url: `sqlite:${join(folder, 'hooks.db')}` }));
  const { store, crashAfter } = dyingStore;
  let offsetMs = 0;
  const clock = () => Date.now() + offsetMs;
  const records = openRecords({ store, clock, newId, logger: silentLogger });
  const outbound = createOutbound({
    allowedCidrs: options.allowedCidrs ?? ['127.0.0.0/8'],
    userAgent: 'Berth/test',
    ...(options.resolve !== undefined && { resolve: options.resolve }),
  });
  const box = createSecretBox(Buffer.alloc(32, 7));
  const sender = {
    box,
    outbound,
    userAgent: 'Berth/test',
    publicUrl: 'https://berth.example.com',
    visibilityOf: async () => 'private' as const,
    clock,
    logger: silentLogger,
  };
  const dispatcher: Dispatcher = { records, box, outbound, sender, wake: () => {} };
  const turnParts = {
    records,
    sender,
    metrics: createDeliveryMetrics(createMetrics('test', { withProcess: false })),
    logger: silentLogger,
    random: () => 0.5,
    retryPauseMs: options.retryPauseMs ?? 5_000,
  };
  const running: Dispatch[] = [];
  let ordinal = 0;
  /** The place of each event in the stream, given when it is taken first. */
  const places = new Map<string, number>();
  const sequenceOf = ({ id }: CloudEvent): number => {
    const place = places.get(id) ?? places.size + 1;
    places.set(id, place);
    return place;
  };

  return {
    records,
    dispatcher,
    crashAfter,
    meanwhile: dyingStore.meanwhile,
    get crashes() {
      return dyingStore.crashes;
    },
    now: clock,
    advance(ms) {
      offsetMs += ms;
    },
    webhook: (url, settings = {}, of = ACME) =>
      createWebhook(dispatcher, {
        registry: of ?? undefined,
        settings: { name: newId(), url, events: [...EVERY_EVENT], ...settings },
        origin: ORIGIN,
      }),
    async take(...events) {
      const putAside = async () => {
        throw new Error('an event of the test is put aside');
      };
      const sequences = events.map((event) => sequenceOf(event));
      const batch = { events, sequences, position: POSITION, putAside };
      await takeEvents(records, batch, { epoch: 0, ordinal });
      ordinal = Math.max(ordinal, ...sequences);
      for (const dispatch of running) dispatch.wake();
    },
    dispatch(holder = newId()) {
      const dispatch = startDispatch({ ...turnParts, holder });
      running.push(dispatch);
      return dispatch;
    },
    async turn(webhook) {
      const standing = await records.standings.get(webhook.id);
      const hold = standing && (await takeInHand(records, standing, 'one'));
      if (hold === null) throw new Error('the webhook cannot be taken in hand');
      const bell = createBell();
      const never = new AbortController().signal;
      const parts = { ...turnParts, stopping: never, cutting: never, isCrowded: () => false };
      return { hold, bell, ended: takeTurn(parts, hold, bell) };
    },
    async delivery(webhook, event) {
      const delivery = await records.deliveries.get(deliveryId(webhook.id, event.id));
      if (delivery === null) throw new Error(`no delivery of ${event.id}`);
      return delivery;
    },
    async all() {
      const deliveries = await records.deliveries.page({ index: 'id', limit: 1_000 });
      const lanes = await records.lanes.page({ index: 'id', limit: 1_000 });
      return { deliveries: [...deliveries.items], lanes: lanes.items.map(({ id }) => id) };
    },
    async dispose() {
      await Promise.all(running.map((dispatch) => dispatch.stop()));
      await outbound.close();
      await store.close();
    },
  };
}

const POSITION = { stream: '2026-01-01T00:00:00Z', sequence: 1, time: '2026-01-01T00:00:00Z' };

export const EVERY_EVENT = [
  'artifact.pushed',
  'artifact.pulled',
  'artifact.deleted',
  'tag.updated',
  'tag.deleted',
  'registry.created',
  'registry.deleted',
  'replication.completed',
  'cleanup.completed',
] as const;

/** An event of acme as metadata tells it. */
export function eventOf<T extends EventType>(
  type: T,
  data: Partial<EventData<T>> & Record<string, unknown> = {},
  time: number = Date.now(),
): CloudEvent<T> {
  const { registry, image, tag, digest } = { registry: 'acme', image: 'web', ...data } as Record<
    string,
    string
  >;
  const isOfRegistry = type.startsWith('registry.') || type.endsWith('.completed');
  const whole = {
    registry,
    registryId: 'r-acme',
    ...(!isOfRegistry && { image, digest: DIGEST }),
    ...(type.startsWith('artifact.') && {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 1_234,
    }),
    ...(type.startsWith('tag.') && { tag: 'latest' }),
    actor: ALICE,
    via: 'docker',
    address: '192.0.2.7',
    sequence: 1,
    ...data,
  };
  const reference =
    tag === undefined && !type.startsWith('tag.') ? `@${digest ?? DIGEST}` : `:${tag ?? 'latest'}`;
  return {
    specversion: '1.0',
    id: newId(),
    source: `/api/v1/registries/${registry}`,
    type: `berth.${type}`,
    subject: isOfRegistry ? `${registry}` : `${registry}/${image}${reference}`,
    time: new Date(time).toISOString(),
    datacontenttype: 'application/json',
    data: whole as unknown as EventData<T>,
  };
}

/** `tag.updated` of acme/web, the `sequence`-th of that tag. */
export function tagUpdated(tag: string, sequence: number): CloudEvent<'tag.updated'> {
  return eventOf('tag.updated', { tag, sequence });
}

interface DyingStore {
  readonly store: DocumentStore;
  readonly crashes: number;
  crashAfter(writes: number): void;
  meanwhile(action: () => Promise<unknown>): void;
}

function dying(store: DocumentStore): DyingStore {
  let left: number | undefined;
  let crashes = 0;
  let before: (() => Promise<unknown>) | undefined;
  async function writeMany(writes: readonly Write[]): Promise<readonly unknown[]> {
    if (before !== undefined && writes.length > 1) {
      const action = before;
      before = undefined;
      await action();
    }
    const count = left;
    if (count === undefined || writes.length < 2) return await store.writeMany(writes);
    left = undefined;
    crashes += 1;
    if (count > 0) await store.writeMany(writes.slice(0, count));
    throw new Crash(`after ${count} of ${writes.length} writes`);
  }
  return {
    store: {
      ...store,
      collection: store.collection,
      outbox: store.outbox,
      counters: store.counters,
      writeMany,
    },
    get crashes() {
      return crashes;
    },
    crashAfter(writes) {
      left = writes;
    },
    meanwhile(action) {
      before = action;
    },
  };
}
