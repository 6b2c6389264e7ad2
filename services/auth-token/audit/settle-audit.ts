import { retryConflict } from '@berth/document-store';
import { type Facts, timestamp } from '../facts.ts';

const MARK = 'audit';

/** Makes all entries of the audit log durable that were recorded before, by one durable write. */
export async function settleAudit(facts: Pick<Facts, 'auditMarks' | 'clock'>): Promise<void> {
  const { auditMarks } = facts;
  await retryConflict('the mark of the audit log', async () => {
    const mark = await auditMarks.get(MARK);
    const settled = { settledAt: timestamp(facts) };
    if (mark === null) await auditMarks.insert(MARK, settled);
    else await auditMarks.replace({ ...mark, ...settled });
  });
}
