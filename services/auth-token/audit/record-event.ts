import { isStoreError } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { type AuditedEvent, recordOfEvent } from './record-of-event.ts';

/**
 * Stores an event in the audit log, under its id: a second delivery changes nothing. It is durable after the next
 * `settleAudit`, before which the event may not be acknowledged.
 */
export async function recordEvent({ auditLog }: Pick<Facts, 'auditLog'>, event: AuditedEvent): Promise<void> {
  try {
    await auditLog.insert(event.id, recordOfEvent(event), { relaxed: true });
  } catch (error) {
    if (!isStoreError(error, 'ID_TAKEN')) throw error;
  }
}
