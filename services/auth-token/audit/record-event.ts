import { isStoreError } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { type AuditedEvent, recordOfEvent } from './record-of-event.ts';

/** Stores an event in the audit log, under its id: a second delivery changes nothing. */
export async function recordEvent({ auditLog }: Pick<Facts, 'auditLog'>, event: AuditedEvent): Promise<void> {
  try {
    await auditLog.insert(event.id, recordOfEvent(event));
  } catch (error) {
    if (!isStoreError(error, 'ID_TAKEN')) throw error;
  }
}
