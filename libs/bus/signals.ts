import { type Signal, signalSubject } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import type { Link } from './link.ts';
import type { Listening } from './port.ts';

const EMPTY = new Uint8Array();

/** Signals from whoever gives one to every copy that is connected. One that was not may have missed some: it hears one when it is again. */
export function createSignals({ link, logger }: { readonly link: Link; readonly logger: Logger }) {
  return {
    signal(signal: Signal): void {
      try {
        if (!link.isConnected) throw link.unavailable();
        link.sender.send(signalSubject(signal), EMPTY);
        link.sender.flush(); // an answer over HTTP does not come by here
      } catch (error) {
        logger.debug('signal dropped', { signal, error });
      }
    },
    onSignal(signal: Signal, handler: () => void): Listening {
      const subscription = link.connection.subscribe(signalSubject(signal), {
        callback: (error) => {
          if (error === null) handler();
          else logger.error('signals cannot be received', { signal, error });
        },
      });
      const unlisten = link.onChange((isConnected) => {
        if (isConnected) handler();
      });
      return {
        stop() {
          unlisten();
          subscription.unsubscribe();
        },
      };
    },
  };
}
