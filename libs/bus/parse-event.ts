import type { CloudEvent } from '@berth/contracts';
import type { JsMsg } from '@nats-io/jetstream';

/** The event that a message holds; null for what is none. Its data is held against no schema. */
export function parseEvent(message: Pick<JsMsg, 'json'>): CloudEvent | null {
  try {
    const event = message.json<Partial<CloudEvent> | null>();
    const texts = [event?.id, event?.type, event?.subject, event?.time];
    const isEvent =
      texts.every((text) => typeof text === 'string' && text.isWellFormed()) &&
      typeof event?.data === 'object' &&
      event.data !== null;
    return isEvent ? (event as CloudEvent) : null;
  } catch {
    return null;
  }
}
