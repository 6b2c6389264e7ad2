import { type CloudEvent, type EventData, type EventType, eventSubject } from '@berth/contracts';
import { type Clock, traceparent } from '@berth/runtime';
import type { OutboxEvent } from './port.ts';

/** What is told, and where: the source is a path of the API, the subject what it happened to. */
export interface Told<T extends EventType> {
  readonly type: T;
  readonly source: string;
  readonly subject: string;
  readonly data: EventData<T>;
}

/** A CloudEvents 1.0 event as it is stored and sent, of this moment and of the span that is current. */
export function outboxEvent<T extends EventType>(
  { clock, newId }: { readonly clock: Clock; readonly newId: () => string },
  { type, source, subject, data }: Told<T>,
): OutboxEvent {
  const parent = traceparent();
  const event: CloudEvent<T> = {
    specversion: '1.0',
    id: newId(),
    source,
    type: `berth.${type}`,
    subject,
    time: new Date(clock()).toISOString(),
    datacontenttype: 'application/json',
    ...(parent !== undefined && { traceparent: parent }),
    data,
  };
  return { id: event.id, subject: eventSubject(type), payload: JSON.stringify(event) };
}
