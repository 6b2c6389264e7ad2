import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** Written durably so that what was written relaxed before is durable too. There is one. */
const AuditMark = Type.Object({
  /** RFC 3339, UTC. */
  settledAt: Type.String(),
});
export type AuditMark = Static<typeof AuditMark>;

export const auditMarks: CollectionDefinition<AuditMark> = { name: 'audit-marks', schema: AuditMark };
