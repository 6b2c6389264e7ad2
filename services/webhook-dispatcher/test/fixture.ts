import { join } from 'node:path';
import { createSecretBox } from '@berth/access';
import type { CloudEvent } from '@berth/contracts';
import { openDocumentStore, retryConflict } from '@berth/document-store';
import { createOutbound, type Resolve } from '@berth/outbound';
import { type Bell, createBell, createMetrics, newId, silentLogger } from '@berth/runtime';
import { temporaryFolder, waitUntil } from '@berth/testing';
import type { Dispatcher } from '../dispatcher.ts';
import { type DeliveryDocument, deliveryId } from '../documents/delivery.ts';
import type { StandingDocument } from '../documents/standing.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import type { Origin } from '../events.ts';
import { takeEvents } from '../intake/take-events.ts';
import { countPending } from '../maintenance/count-pending.ts';
import { openRecords, type Records } from '../records.ts';
import { createDeliveryMetrics } from '../turns/delivery-metrics.ts';
import { type Dispatch, startDispatch } from '../turns/dispatch.ts';
import { type Hold, takeInHand } from '../turns/hold.ts';
import { takeTurn } from '../turns/take-turn.ts';
import { createWebhook, type WebhookRequest } from '../webhooks/create-webhook.ts';
import { type DyingStore, dying } from './dying-store.ts';
import { ALICE, EVERY_EVENT } from './events.ts';

export const ORIGIN: Origin = { actor: ALICE, via: 'api', address: '192.0.2.7' };
export const ACME = { id: 'r-acme', name: 'acme' } as const;

/** The stories on a real store, with a clock that tests move and a store that dies where they say. */
export interface Fixture {
  readonly records: Records;
  readonly dispatcher: Dispatcher;
  advance(ms: number): void;
  now(): number;
  /** The next `writeMany` of several writes stores so many of them, and ends as if the process had died. */
  crashAfter(writes: number): void;
  readonly crashes: number;
  /** Full or not: see `DyingStore`. */
  readonly disk: Pick<DyingStore, 'full' | 'refusals'>;
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
  standing(webhook: WebhookDocument): Promise<StandingDocument | null>;
  /** Writes a standing, whoever else writes it meanwhile. */
  changeStanding(
    webhook: WebhookDocument,
    change: (standing: StandingDocument) => StandingDocument,
  ): Promise<void>;
  /** Until nothing is pending and no lane is left. */
  untilDone(): Promise<void>;
  /** Until the delivery was attempted so often. */
  untilTried(webhook: WebhookDocument, event: CloudEvent, count: number): Promise<void>;
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
    disk: dyingStore,
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
    standing: ({ id }) => records.standings.get(id),
    async changeStanding({ id }, change) {
      await retryConflict('the standing', async () => {
        const standing = await records.standings.get(id);
        if (standing === null) throw new Error('no standing');
        await records.standings.replace(change(standing));
      });
    },
    async untilDone() {
      await waitUntil(async () => {
        const { items } = await records.lanes.page({ index: 'id', limit: 1 });
        return items.length === 0 && (await countPending(records)) === 0;
      });
    },
    async untilTried({ id }, event, count) {
      await waitUntil(async () => {
        const delivery = await records.deliveries.get(deliveryId(id, event.id));
        return (delivery?.attemptCount ?? 0) >= count;
      });
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
