import { poisonSubject, type ServiceName } from '@berth/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import type { Streams } from './event-streams.ts';

/** Keeps a copy of what a service gives up, for people; twice in twenty minutes is once. Rejects when it cannot be kept. */
export async function putAside(
  { jetstream }: Pick<Streams, 'jetstream'>,
  service: ServiceName,
  message: Pick<JsMsg, 'data' | 'info' | 'seq'>,
): Promise<void> {
  const msgID = `${service}:${message.info.stream}:${message.seq}`;
  await jetstream.publish(poisonSubject(service), message.data, { msgID });
}
