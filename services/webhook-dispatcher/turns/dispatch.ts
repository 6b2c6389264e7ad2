import { type Bell, createBell } from '@berth/runtime';
import type { StandingDocument } from '../documents/standing.ts';
import { takeInHand } from './hold.ts';
import { type TurnParts, takeTurn } from './take-turn.ts';

/** Webhooks that one copy has in hand at one time. */
const MOST_IN_HAND = 256;
/** Other copies give webhooks work too, and NATS tells of none of it. */
const LOOK_EVERY_MS = 1_000;
const AFTER_TROUBLE_MS = 1_000;
/** Attempts that are under way at shutdown may go on for so long. */
const GRACE_MS = 5_000;

export interface Dispatch {
  /** There may be work for webhooks now. */
  wake(): void;
  /** Lets attempts under way end, or cuts them, and gives all webhooks back. Once is as good as twice. */
  stop(): Promise<void>;
}

export interface DispatchParts extends Omit<TurnParts, 'stopping' | 'cutting' | 'isCrowded'> {
  /** This copy, unlike any other. */
  readonly holder: string;
}

/** Takes webhooks that have work in hand, each in one copy only, and does their turns side by side. */
export function startDispatch(parts: DispatchParts): Dispatch {
  const { records, holder, logger } = parts;
  const { standings, clock } = records;
  const stopping = new AbortController();
  const cutting = new AbortController();
  const bell = createBell();
  const inHand = new Map<string, { readonly bell: Bell; readonly turn: Promise<void> }>();
  let isCrowded = false;
  const turnParts: TurnParts = {
    ...parts,
    stopping: stopping.signal,
    cutting: cutting.signal,
    isCrowded: () => isCrowded,
  };

  async function begin(standing: StandingDocument): Promise<void> {
    const hold = await takeInHand(records, standing, holder);
    if (hold === null) return;
    const { id } = hold;
    const own = createBell();
    const turn = takeTurn(turnParts, hold, own)
      .catch((error: unknown) => logger.warn('turn of a webhook ended early', { webhook: id, error }))
      .finally(() => {
        inHand.delete(id);
        bell.ring();
      });
    inHand.set(id, { bell: own, turn });
  }

  /** Begins the turns that are due; yields how long to sleep. */
  async function look(): Promise<number> {
    const room = MOST_IN_HAND - inHand.size;
    const { items } = await standings.page({ index: 'byWake', limit: MOST_IN_HAND + 1 });
    const now = clock();
    const due = items.filter(({ id, wakeAt = 0 }) => wakeAt <= now && !inHand.has(id));
    isCrowded = due.length > room;
    for (const standing of due.slice(0, room)) await begin(standing);
    const [next] = items.filter(({ wakeAt = 0 }) => wakeAt > now);
    return Math.min(LOOK_EVERY_MS, (next?.wakeAt ?? Number.POSITIVE_INFINITY) - now);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const sleepMs = await look().catch((error: unknown) => {
        logger.warn('webhooks cannot be looked at', { error });
        return AFTER_TROUBLE_MS;
      });
      await bell.wait(sleepMs);
    }
  }

  async function end(): Promise<void> {
    stopping.abort();
    bell.ring();
    for (const { bell: own } of inHand.values()) own.ring();
    const cut = setTimeout(() => cutting.abort(), GRACE_MS);
    await running;
    await Promise.all([...inHand.values()].map(({ turn }) => turn));
    clearTimeout(cut);
  }

  const running = run();
  let ended: Promise<void> | undefined;
  return {
    wake() {
      bell.ring();
      for (const { bell: own } of inHand.values()) own.ring();
    },
    stop() {
      ended ??= end();
      return ended;
    },
  };
}
