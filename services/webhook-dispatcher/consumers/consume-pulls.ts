import type { Bus } from '@berth/bus';
import { takePull } from '../intake/take-pull.ts';
import { createWebhookFinder, type WebhookFinder } from '../matching/find-webhooks.ts';
import type { Records } from '../records.ts';

/** Pulls may be many: their webhooks are looked up once in so long. */
const FINDER_MS = 1_000;

/** Takes `artifact.pulled`, which is best effort and in no order, in all copies. */
export async function consumePulls(
  records: Records,
  bus: Pick<Bus, 'consume'>,
  onDeliveries: () => void,
): Promise<{ stop(): Promise<void> }> {
  let find: WebhookFinder | undefined;
  let foundAt = 0;
  return await bus.consume('webhook-dispatcher', ['artifact.pulled'], async (event) => {
    const now = records.clock();
    if (find === undefined || now - foundAt >= FINDER_MS || now < foundAt) {
      find = createWebhookFinder(records);
      foundAt = now;
    }
    await takePull(records, find, event);
    onDeliveries();
  });
}
