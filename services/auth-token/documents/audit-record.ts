import { Actor } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** One line of the audit log, under the id of the event that it is made of. */
const AuditRecord = Type.Object({
  /** RFC 3339, UTC, with milliseconds: sorts by time. */
  time: Type.String(),
  actor: Actor,
  actorName: Type.String(),
  action: Type.String(),
  object: Type.Object({
    kind: Type.String(),
    name: Type.String(),
    id: Type.Optional(Type.String()),
  }),
  objectName: Type.String(),
  registry: Type.Optional(Type.String()),
  registryId: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  outcome: Type.Union([Type.Literal('success'), Type.Literal('failure')]),
  detail: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type AuditRecord = Static<typeof AuditRecord>;

export const auditLog: CollectionDefinition<AuditRecord> = {
  name: 'audit',
  schema: AuditRecord,
  indexes: {
    byTime: [{ field: 'time' }],
    byRegistry: [{ field: 'registryId' }, { field: 'time' }],
    byObject: [{ field: 'objectName' }, { field: 'time' }],
    byActor: [{ field: 'actorName' }, { field: 'time' }],
    byAction: [{ field: 'action' }, { field: 'time' }],
    byOutcome: [{ field: 'outcome' }, { field: 'time' }],
  },
};
