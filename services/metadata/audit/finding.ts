import type { AuditFinding, AuditKind } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';

export function finding(
  problem: AuditFinding['problem'],
  kind: AuditKind,
  id: string,
  more: { readonly detail: string; readonly isRepaired: boolean; readonly repository?: string },
): AuditFinding {
  return { problem, kind, id, ...more };
}

/** Whether the write was done; somebody who was faster may have mended it as well, or not. */
export async function mended(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT', 'ID_TAKEN')) return false;
    throw error;
  }
}
