import { writePastConflicts } from '@berth/document-store';
import type { Records } from '../records.ts';

/** How many sweeps are remembered. */
export const SWEEPS_KEPT = 200;

/** Forgets all but the newest. */
export async function pruneSweeps(records: Records): Promise<void> {
  const newest = await records.sweeps.page({ index: 'byCreated', descending: true, limit: SWEEPS_KEPT });
  if (newest.next === null) return;
  const query = { index: 'byCreated', descending: true, limit: SWEEPS_KEPT, after: newest.next } as const;
  const { items } = await records.sweeps.page(query);
  const ended = items.filter(({ isActive }) => isActive === undefined);
  await writePastConflicts(
    records,
    ended.map((sweep) => records.sweeps.write.remove(sweep, { relaxed: true })),
  );
}
