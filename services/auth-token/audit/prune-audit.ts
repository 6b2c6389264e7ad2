import { isStoreError } from '@berth/document-store';
import type { Facts } from '../facts.ts';

const BATCH = 500;

/** Removes what is older than the retention, a batch in one commit. Returns how many. */
export async function pruneAudit(
  { auditLog, store, clock }: Pick<Facts, 'auditLog' | 'store' | 'clock'>,
  retentionMs: number,
): Promise<number> {
  const lt = new Date(clock() - retentionMs).toISOString();
  for (let removed = 0; ; ) {
    const { items, next } = await auditLog.page({ index: 'byTime', range: { lt }, limit: BATCH });
    if (items.length === 0) return removed;
    try {
      await store.writeMany(items.map((record) => auditLog.write.remove(record, { relaxed: true })));
      removed += items.length;
    } catch (error) {
      // Another copy prunes as well.
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    }
    if (next === null) return removed;
  }
}
