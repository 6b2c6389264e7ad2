import { type EventType, eventSubject } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import type { Link } from './link.ts';
import type { EventPublisher } from './port.ts';

/** Publishes without waiting or asking for an acknowledgement; what cannot be sent now is dropped. */
export function createPublisher({ link, logger }: { link: Link; logger: Logger }): EventPublisher {
  return {
    publishAndForget(event) {
      try {
        if (!link.isConnected) throw link.unavailable();
        const type = event.type.slice('berth.'.length) as EventType;
        link.sender.send(eventSubject(type), Buffer.from(JSON.stringify(event)));
      } catch (error) {
        logger.debug('event dropped', { type: event.type, id: event.id, error });
      }
    },
  };
}
