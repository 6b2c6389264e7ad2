import type { Page } from '@berth/document-store';
import type { StandingDocument } from '../documents/standing.ts';
import type { Records } from '../records.ts';
import { resume, wake } from '../webhooks/wake-webhook.ts';

const BATCH = 200;

/**
 * Has webhooks looked at that a crash left with work and unwoken: between a change of the webhook and that of its standing,
 * or, of one that was deleted, before its deliveries were.
 */
export async function mendStandings(records: Records): Promise<void> {
  let after: string | null = null;
  do {
    const page: Page<StandingDocument> = await records.standings.page({
      index: 'id',
      limit: BATCH,
      ...(after !== null && { after }),
    });
    const webhooks = await records.webhooks.getMany(page.items.map(({ id }) => id));
    for (const [index, standing] of page.items.entries()) {
      const webhook = webhooks[index] ?? null;
      if (standing.wakeAt !== undefined) continue;
      if (webhook === null) await resume(records, standing.id);
      else if (webhook.enabled && standing.pausedAt === undefined && (await hasLanes(records, standing.id)))
        await wake(records, standing.id);
    }
    after = page.next;
  } while (after !== null);
}

async function hasLanes({ lanes }: Records, webhookId: string): Promise<boolean> {
  const { items } = await lanes.page({ index: 'byDue', equals: { webhookId }, limit: 1 });
  return items.length > 0;
}
