import { randomUUID } from 'node:crypto';
import { type CloudEvent, type EventData, type EventType, eventSubject } from '@berth/contracts';
import type { OutboxEvent } from '@berth/document-store';
import type { Fixture } from './fixture.ts';

export const SOMEBODY = { id: 'u-somebody', kind: 'user', name: 'somebody' } as const;

/** An event as another service publishes it; the same one again when it is given an id twice. */
export async function publishEvent<T extends EventType>(
  fixture: Fixture,
  event: {
    readonly type: T;
    readonly registry: { readonly id: string; readonly name: string };
    readonly data?: Partial<EventData<T>>;
    readonly id?: string;
    readonly time?: string;
  },
): Promise<string> {
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
  await send({ id, subject: eventSubject(type), payload: JSON.stringify(cloudEvent) });
  return id;

  async function send(outboxEvent: OutboxEvent): Promise<void> {
    const sent = Promise.withResolvers<void>();
    const bus = await fixture.testBus.connect();
    let isSent = false;
    const relay = bus.relay({
      unsent: async () => (isSent ? [] : [{ ...outboxEvent, sequence: 1 }]),
      async markSent() {
        isSent = true;
        sent.resolve();
      },
      resend: async () => 0,
      prune: async () => 0,
      onAppend: () => () => {},
    });
    await sent.promise;
    await relay.stop();
    await bus.close();
  }
}
