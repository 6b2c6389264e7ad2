import { unlessConflict } from '@berth/document-store';
import type { Records } from '../records.ts';
import { removeRun } from '../runs/prune-runs.ts';

const PAGE = 100;

/** Removes what a policy leaves: its ended runs with their tasks, and the note of what it wrote. May be done again. */
export async function removeRemains(records: Records, policyId: string): Promise<void> {
  const { runs, writtenTags } = records;
  for (let after: string | null | undefined; after !== null; ) {
    const page = await runs.page({
      ...{ index: 'byPolicy', equals: { policyId }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const run of page.items.filter(({ isActive }) => !isActive)) await removeRun(records, run);
    after = page.next;
  }
  for (;;) {
    const { items } = await writtenTags.page({ index: 'byPolicy', equals: { policyId }, limit: PAGE });
    if (items.length === 0) return;
    for (const written of items) await unlessConflict(writtenTags.remove(written));
  }
}
