import { createHash } from 'node:crypto';
import { ReplicationTaskState } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** One tag to be copied, as work: a copy claims it by version and moves `dueAt` on while it has it in hand. */
const Task = Type.Object({
  runId: Type.String(),
  policyId: Type.String(),
  image: Type.String(),
  tag: Type.String(),
  state: ReplicationTaskState,
  /** Epoch milliseconds, while it waits: when it is to be taken in hand; the end of the lease while it is. */
  dueAt: Type.Optional(Type.Integer()),
  tries: Type.Integer(),
  /** An event began it: it is tried for longer. */
  isPatient: Type.Optional(Type.Literal(true)),
  /** When it was first taken in hand. */
  startedAt: Type.Optional(Type.String()),
  digest: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  /** What the task set a tag to, or is about to, by the id of its written tag; kept where deletions are mirrored. */
  wrote: Type.Optional(Type.Object({ tagId: Type.String(), digest: Type.String() })),
  /** Uploads that were begun there, by blob: the next try goes on with them. */
  uploads: Type.Optional(Type.Array(Type.Object({ blob: Type.String(), location: Type.String() }))),
  copiedBytes: Type.Integer(),
  skippedBytes: Type.Integer(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});
export type Task = Static<typeof Task>;
export type TaskDocument = Task & Stored;

export const tasks: CollectionDefinition<Task> = {
  name: 'tasks',
  schema: Task,
  indexes: {
    byDue: [{ field: 'dueAt' }],
    byState: [{ field: 'state' }, { field: 'createdAt' }],
    byRun: [{ field: 'runId' }, { field: 'createdAt' }],
    byRunState: [{ field: 'runId' }, { field: 'state' }, { field: 'createdAt' }],
    byPolicyState: [{ field: 'policyId' }, { field: 'state' }, { field: 'createdAt' }],
  },
};

export function taskId(runId: string, image: string, tag: string): string {
  return `${runId}.${createHash('sha256').update(`${image}:${tag}`).digest('hex').slice(0, 32)}`;
}
