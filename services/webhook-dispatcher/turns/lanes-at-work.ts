import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@berth/runtime';
import { type LaneParts, runLane } from './run-lane.ts';

/** Lanes of one webhook at one time. */
const AT_ONCE = 4;
const AFTER_TROUBLE_MS = 1_000;

/** The lanes of one webhook that are being delivered. */
export interface LanesAtWork {
  readonly count: number;
  /** Begins with what is due, as far as there is room; tells when the next lane is due where none is at work and none is due. */
  fill(): Promise<{ readonly nextDueAt: number | undefined }>;
  settled(): Promise<void>;
}

export function createLanesAtWork(
  webhookId: string,
  parts: LaneParts & { readonly logger: Logger; readonly onEnd: () => void },
): LanesAtWork {
  const { lanes, clock } = parts.records;
  const atWork = new Map<string, Promise<void>>();

  function start(laneId: string): void {
    const lane = runLane(parts, laneId)
      .catch(async (error: unknown) => {
        parts.logger.warn('deliveries wait', { webhook: webhookId, error });
        await pause(AFTER_TROUBLE_MS); // what went wrong once may go wrong again
      })
      .finally(() => {
        atWork.delete(laneId);
        parts.onEnd();
      });
    atWork.set(laneId, lane);
  }

  return {
    get count() {
      return atWork.size;
    },
    async fill() {
      const room = AT_ONCE - atWork.size;
      if (room === 0) return { nextDueAt: undefined };
      // Those at work are still due: one may stand in the way of each that is looked for.
      const { items } = await lanes.page({ index: 'byDue', equals: { webhookId }, limit: 2 * AT_ONCE });
      const now = clock();
      const waiting = items.filter(({ id }) => !atWork.has(id));
      for (const { id } of waiting.filter(({ dueAt }) => dueAt <= now).slice(0, room)) start(id);
      return { nextDueAt: atWork.size === 0 ? waiting[0]?.dueAt : undefined };
    },
    async settled() {
      await Promise.all(atWork.values());
    },
  };
}
