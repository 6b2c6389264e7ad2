import type { Server } from 'node:http';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** For so long a connection is there after its last answer. */
export const FAREWELL_MS = 300;
const LONGEST_FAREWELL_MS = 1_500;

export interface Leave {
  /** When the last request came or was answered, by `now`. */
  readonly movedAt: () => number;
  /** Milliseconds, from wherever; `performance.now` unless a test moves it. */
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** A turn of the event loop that is over so soon had nothing else to do. */
const IDLE_TURN_MS = 0.1;
const TURNS_AT_MOST = 2_000;

/**
 * A server that ends goes on taking requests, so that those who keep connections to it hear that they end, each by an answer: until none
 * came or ended for 300 ms, or it has gone on for a second and a half. One that is closed just when it is used would cost a request, so the gateway
 * keeps no connection unused for longer than 100 ms: by then it has heard, or closed it itself.
 */
export async function takeLeave({
  movedAt,
  now = () => performance.now(),
  pause = sleep,
}: Leave): Promise<void> {
  const begunAt = now();
  let quietSince = begunAt;
  do {
    await pause(quietSince + FAREWELL_MS - now());
    quietSince = Math.max(begunAt, movedAt());
  } while (quietSince + FAREWELL_MS > now() && begunAt + LONGEST_FAREWELL_MS > now());
}

/**
 * Resolves right after a look for new connections found none, in a turn of the event loop without other work: whoever stops listening then
 * resets none that was made and not taken in yet. Under work without a pause, after two thousand turns.
 */
export async function idleTurn(server: Server): Promise<void> {
  let connections = 0;
  const count = (): void => {
    connections += 1;
  };
  server.on('connection', count);
  for (let turns = 0; turns < TURNS_AT_MOST; turns++) {
    const [begunAt, before] = [performance.now(), connections];
    await turn();
    if (connections === before && performance.now() - begunAt < IDLE_TURN_MS) break;
  }
  server.off('connection', count);
}
