import { retryConflict } from '@berth/document-store';
import type { StandingDocument } from '../documents/standing.ts';
import { woken } from '../intake/enqueue.ts';
import type { Records } from '../records.ts';

/** Has a webhook looked at at once. */
export async function wake(records: Records, webhookId: string): Promise<void> {
  await change(records, webhookId, (standing) => standing);
}

/** Ends a pause: what waits is delivered. How long it failed before counts no more. */
export async function resume(records: Records, webhookId: string): Promise<void> {
  await change(records, webhookId, (standing) => {
    const { pausedAt: _at, pauseReason: _reason, failingSince: _since, ...rest } = standing;
    return rest;
  });
}

async function change(
  { standings, clock }: Records,
  id: string,
  changed: (standing: StandingDocument) => StandingDocument,
): Promise<void> {
  await retryConflict(`webhook ${id}`, async () => {
    const standing = await standings.get(id);
    if (standing === null) {
      await standings.insert(id, { wakeAt: clock() });
      return;
    }
    const next = changed(standing);
    await standings.replace({ ...next, ...woken(next, clock()) });
  });
}
