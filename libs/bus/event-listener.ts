import {
  BEST_EFFORT_EVENTS,
  type CloudEvent,
  type EventType,
  eventSubject,
  rpcQueueGroup,
  type ServiceName,
} from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import type { Link } from './link.ts';
import type { Listening } from './port.ts';

/** Events in hand at one time; what comes meanwhile is dropped. */
const MAX_IN_HAND = 256;

/** Hears best-effort events as they pass by: nobody keeps them, and while nobody listens they cost nothing. */
export function createListener({ link, logger }: { readonly link: Link; readonly logger: Logger }) {
  return {
    listen(service: ServiceName, type: EventType, handler: (event: CloudEvent) => Promise<void>): Listening {
      if (!BEST_EFFORT_EVENTS.includes(type)) throw new TypeError(`${type} is kept in a stream: consume it`);
      let inHand = 0;

      async function handle(data: Uint8Array): Promise<void> {
        if (inHand >= MAX_IN_HAND) return logger.debug('event dropped', { type });
        inHand += 1;
        try {
          await handler(JSON.parse(Buffer.from(data).toString('utf8')));
        } catch (error) {
          logger.debug('event not handled', { type, error });
        } finally {
          inHand -= 1;
        }
      }

      const subscription = link.connection.subscribe(eventSubject(type), {
        queue: rpcQueueGroup(service),
        callback: (error, message) => {
          if (error === null) void handle(message.data);
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}
