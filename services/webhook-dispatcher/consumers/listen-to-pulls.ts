import type { Bus, Listening } from '@berth/bus';
import { runPeriodically } from '@berth/runtime';
import { createPullIntake } from '../intake/take-pull.ts';
import type { Records } from '../records.ts';

/** Pulls may be many: their webhooks are looked up once in so long, and so is whether there are any. */
const LOOK_EVERY_MS = 1_000;

/**
 * Takes `artifact.pulled`, which is best effort and in no order, in all copies; listens only while some webhook asks for
 * it, since there may be thousands a second.
 */
export function listenToPulls(
  records: Records,
  bus: Pick<Bus, 'listen'>,
  onDeliveries: () => void,
): { stop(): Promise<void> } {
  let listening: Listening | undefined;
  let take = createPullIntake(records);

  async function look(): Promise<void> {
    const wanting = await records.webhooks.page({
      index: 'byEvent',
      equals: { events: 'artifact.pulled' },
      limit: 1,
    });
    take = createPullIntake(records);
    if (wanting.items.length === 0) {
      listening?.stop();
      listening = undefined;
    } else {
      listening ??= bus.listen('webhook-dispatcher', 'artifact.pulled', async (event) => {
        await take(event);
        onDeliveries();
      });
    }
  }

  const looking = runPeriodically({
    name: 'pulls',
    everyMs: LOOK_EVERY_MS,
    job: look,
    logger: records.logger,
  });
  return {
    async stop() {
      await looking.stop();
      listening?.stop();
    },
  };
}
