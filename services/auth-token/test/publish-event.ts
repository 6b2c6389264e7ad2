import { randomUUID } from 'node:crypto';
import { type CloudEvent, type EventData, type EventType, eventSubject } from '@berth/contracts';
import type { Fixture } from './fixture.ts';

export const SOMEBODY = { id: 'u-somebody', kind: 'user', name: 'somebody' } as const;

export interface PublishedEvent<T extends EventType> {
  readonly type: T;
  readonly registry: { readonly id: string; readonly name: string };
  readonly data?: Partial<EventData<T>>;
  readonly id?: string;
  readonly time?: string;
}

/** An event as another service publishes it; the same one again when it is given an id twice. */
export async function publishEvent<T extends EventType>(
  fixture: Fixture,
  event: PublishedEvent<T>,
): Promise<string> {
  const [id = ''] = await publishEvents(fixture, [event]);
  return id;
}

/** Events of one subject, as fast as the bus takes them. Their ids. */
export async function publishEvents<T extends EventType>(
  fixture: Fixture,
  events: readonly PublishedEvent<T>[],
): Promise<string[]> {
  const entries = events.map((event, place) => ({
    ...outboxEventOf(fixture, event),
    sequence: place + 1,
  }));
  const sent = new Set<number>();
  const all = Promise.withResolvers<void>();
  const bus = await fixture.testBus.connect();
  const relay = bus.relay({
    unsent: async (limit) => entries.filter(({ sequence }) => !sent.has(sequence)).slice(0, limit),
    async markSent(sequences) {
      for (const sequence of sequences) sent.add(sequence);
      if (sent.size === entries.length) all.resolve();
    },
    resend: async () => 0,
    prune: async () => 0,
    onAppend: () => () => {},
  });
  await all.promise;
  await relay.stop();
  await bus.close();
  return entries.map(({ id }) => id);
}

function outboxEventOf<T extends EventType>(fixture: Fixture, event: PublishedEvent<T>) {
  const {
    type,
    registry,
    data = {},
    id = randomUUID(),
    time = new Date(fixture.now()).toISOString(),
  } = event;
  const cloudEvent = {
    specversion: '1.0',
    id,
    source: `/api/v1/registries/${registry.name}`,
    type: `berth.${type}`,
    subject: registry.name,
    time,
    datacontenttype: 'application/json',
    data: {
      registry: registry.name,
      registryId: registry.id,
      actor: SOMEBODY,
      via: 'api',
      address: '192.0.2.7',
      sequence: 1,
      ...data,
    },
  } as unknown as CloudEvent<T>;
  return { id, subject: eventSubject(type), payload: JSON.stringify(cloudEvent) };
}
