import { type CloudEvent, type EventType, eventSubject } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import type { Link } from './link.ts';
import type { EventPublisher } from './port.ts';

/** Events wait so long for others: each write to the socket costs more than the events in it. */
const GATHERED_FOR_MS = 20;

/**
 * Publishes without waiting or asking for an acknowledgement; what cannot be sent is dropped. Together with what comes within the next 20 ms, in
 * one write.
 */
export function createPublisher({ link, logger }: { link: Link; logger: Logger }): EventPublisher & {
  /** Hands over now what waits. */
  flush(): void;
} {
  let gathered: CloudEvent[] = [];
  let timer: NodeJS.Timeout | undefined;

  function send(event: CloudEvent): void {
    try {
      if (!link.isConnected) throw link.unavailable();
      const type = event.type.slice('berth.'.length) as EventType;
      link.sender.send(eventSubject(type), Buffer.from(JSON.stringify(event)));
    } catch (error) {
      logger.debug('event dropped', { type: event.type, id: event.id, error });
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const all = gathered;
    gathered = [];
    for (const event of all) send(event);
  }

  return {
    flush,
    publishAndForget(event) {
      gathered.push(event);
      timer ??= setTimeout(flush, GATHERED_FOR_MS);
    },
  };
}
