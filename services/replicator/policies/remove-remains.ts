import { unlessConflict } from '@berth/document-store';
import type { Records } from '../records.ts';
import { removeRun } from '../runs/prune-runs.ts';

const PAGE = 100;

/** Removes what a policy leaves: its ended runs with their tasks, and the notes of what it wrote and failed at. May be done again. */
export async function removeRemains(records: Records, policyId: string): Promise<void> {
  const { runs, writtenTags, failedTags } = records;
  for (let after: string | null | undefined; after !== null; ) {
    const page = await runs.page({
      ...{ index: 'byPolicy', equals: { policyId }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const run of page.items.filter(({ isActive }) => !isActive)) await removeRun(records, run);
    after = page.next;
  }
  for (const notes of [writtenTags, failedTags])
    for (;;) {
      const { items, next } = await notes.page({ index: 'byPolicy', equals: { policyId }, limit: PAGE });
      for (const note of items) await unlessConflict(notes.remove(note));
      if (next === null) break;
    }
}
