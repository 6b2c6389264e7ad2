import { isStoreError } from '@berth/document-store';
import type { Bell, Logger } from '@berth/runtime';
import type { StandingDocument } from '../documents/standing.ts';
import { removeRemains } from '../maintenance/remove-remains.ts';
import { type Records, timestamp } from '../records.ts';
import { type SenderParts, sendEvent } from '../sending/send-event.ts';
import type { DeliveryMetrics } from './delivery-metrics.ts';
import type { Hold } from './hold.ts';
import { createLanesAtWork, type LanesAtWork } from './lanes-at-work.ts';
import { retire } from './retire.ts';

/** The longest sleep of a turn: the lease is renewed in between. */
const LOOK_EVERY_MS = 1_000;
/** An idle turn goes on for so long: what comes in a burst is not taken in hand each time. */
const LINGER_MS = 200;
/** A turn ends after so long when other webhooks wait for theirs. */
const CROWDED_TURN_MS = 10_000;

export interface TurnParts {
  readonly records: Records;
  readonly sender: SenderParts;
  /** BERTH_WEBHOOK_RETRY_PAUSE */
  readonly retryPauseMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly metrics: DeliveryMetrics;
  readonly logger: Logger;
  /** No new attempts from then on. */
  readonly stopping: AbortSignal;
  /** Ends those that are under way. */
  readonly cutting: AbortSignal;
  /** True while webhooks wait because too many are in hand. */
  readonly isCrowded: () => boolean;
}

/**
 * Does what there is to do for a webhook in hand until nothing is due, then gives it back: delivers its lanes, a few side by
 * side; pauses it; retires it; removes what is left of one that was deleted. Rung by the bell when it has new deliveries.
 */
export async function takeTurn(parts: TurnParts, hold: Hold, bell: Bell): Promise<void> {
  const { records, stopping, sender, metrics } = parts;
  const { clock, webhooks } = records;
  const ending = new AbortController();
  const lanes = createLanesAtWork(hold.id, {
    ...parts,
    async send(delivery) {
      const webhook = await webhooks.get(hold.id);
      if (!webhook?.enabled) return null;
      return await sendEvent(sender, { ...delivery, webhook, signal: parts.cutting });
    },
    onAttempt(outcome, next, delivery) {
      hold.note(outcome);
      metrics.attempted(next, delivery, clock());
    },
    mayGoOn: () => !stopping.aborted && !ending.signal.aborted && !hold.isLost && hold.pauseReason === null,
    onEnd: bell.ring,
  });
  const end = async () => {
    ending.abort();
    await lanes.settled();
  };
  try {
    await untilOver({ parts, hold, bell, lanes, end });
  } finally {
    await end();
  }
}

interface Turn {
  readonly parts: TurnParts;
  readonly hold: Hold;
  readonly bell: Bell;
  readonly lanes: LanesAtWork;
  /** Begins nothing more, and waits for what is under way. */
  end(): Promise<void>;
}

async function untilOver({ parts, hold, bell, lanes, end }: Turn): Promise<void> {
  const { records, stopping } = parts;
  const { clock, webhooks } = records;
  const beganAt = clock();
  let isIdle = false;
  for (;;) {
    const standing = await hold.look();
    if (standing === null) return;
    if (stopping.aborted || (clock() - beganAt > CROWDED_TURN_MS && parts.isCrowded())) {
      await end();
      return await hold.letGo({ wakeAt: clock() });
    }
    if (hold.pauseReason !== null) {
      await lanes.settled();
      const reason: string | null = hold.pauseReason; // the last of them may have succeeded
      if (reason === null) continue;
      return await pause(parts, hold, { reason, isRetiring: standing.retirement !== undefined });
    }
    const webhook = await webhooks.get(hold.id);
    if (webhook === null) {
      await end();
      return await remove(parts, hold);
    }
    const isResting = !webhook.enabled || standing.pausedAt !== undefined;
    const { nextDueAt } = isResting ? { nextDueAt: undefined } : await lanes.fill();
    if (lanes.count > 0) {
      isIdle = false;
      await bell.wait(LOOK_EVERY_MS);
      continue;
    }
    let wakeAt = nextDueAt;
    if (standing.retirement !== undefined) {
      const lookAt = await retire(records, webhook, { ...standing, retirement: standing.retirement });
      if (lookAt === null) continue;
      wakeAt = Math.min(lookAt, nextDueAt ?? lookAt);
    }
    if (!isIdle && !isResting) {
      isIdle = !(await bell.wait(LINGER_MS));
      continue;
    }
    if (await hold.giveBack(standing, wakeAt)) return;
  }
}

async function pause(
  { records, logger }: TurnParts,
  hold: Hold,
  { reason, isRetiring }: { readonly reason: string; readonly isRetiring: boolean },
): Promise<void> {
  const wakeAt = isRetiring ? { wakeAt: records.clock() } : {};
  await hold.letGo({ pausedAt: timestamp(records), pauseReason: reason, ...wakeAt });
  if (!hold.isLost) logger.warn('webhook paused', { webhook: hold.id, reason });
}

async function remove({ records, stopping }: TurnParts, hold: Hold): Promise<void> {
  const mayGoOn = async () => !stopping.aborted && (await hold.look()) !== null;
  const isDone = await removeRemains(records, hold.id, mayGoOn);
  const standing = await hold.look();
  if (standing === null) return;
  // Whoever gave it deliveries meanwhile wrote the standing after them.
  if (!isDone || !(await removeUnchanged(records, standing))) await hold.letGo({ wakeAt: records.clock() });
}

async function removeUnchanged({ standings }: Records, standing: StandingDocument): Promise<boolean> {
  try {
    await standings.remove(standing);
    return true;
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return false;
    throw error;
  }
}
