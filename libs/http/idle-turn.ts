import type { Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

/** A turn of the event loop that is over so soon had nothing else to do. */
const IDLE_TURN_MS = 0.1;
const LOOKED_FOR_MS = 500;

/**
 * Resolves right after a look for new connections found none, in a turn of the event loop without other work: whoever stops listening then
 * resets none that was made and not taken in yet. Under work without a pause, after half a second.
 */
export async function idleTurn(server: Server): Promise<void> {
  let connections = 0;
  const count = (): void => {
    connections += 1;
  };
  server.on('connection', count);
  const end = performance.now() + LOOKED_FOR_MS;
  while (performance.now() < end) {
    const [begunAt, before] = [performance.now(), connections];
    await turn();
    if (connections === before && performance.now() - begunAt < IDLE_TURN_MS) break;
  }
  server.off('connection', count);
}
