import { CleanupCounts } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** `open`: there is work; `awaiting`: planned, and to be confirmed; `done` and `failed` are its ends. */
const TaskState = Type.Union([
  Type.Literal('open'),
  Type.Literal('awaiting'),
  Type.Literal('done'),
  Type.Literal('failed'),
]);

/** One image of a run, as work for any copy; its id is `<run id>/<image>`. */
const CleanupTask = Type.Object({
  runId: Type.String(),
  registryId: Type.String(),
  image: Type.String(),
  state: TaskState,
  /** Its decisions are stored: what is left is to carry them out. */
  isPlanned: Type.Optional(Type.Literal(true)),
  /** What all policies for the image came to when it was planned. */
  rules: Type.Optional(Type.String()),
  /** Epoch milliseconds: when a copy is to take it; while one has it, the end of its lease. While it is open. */
  dueAt: Type.Optional(Type.Integer()),
  /** The copy that has it in hand. */
  holder: Type.Optional(Type.String()),
  failures: Type.Integer(),
  error: Type.Optional(Type.String()),
  counts: CleanupCounts,
});
export type CleanupTask = Static<typeof CleanupTask>;
export type TaskDocument = CleanupTask & Stored;

export const cleanupTasks: CollectionDefinition<CleanupTask> = {
  name: 'cleanupTasks',
  schema: CleanupTask,
  indexes: {
    byDue: [{ field: 'dueAt' }],
    byRun: [{ field: 'runId' }, { field: 'image' }],
    byState: [{ field: 'runId' }, { field: 'state' }, { field: 'image' }],
  },
};

export function taskId(runId: string, image: string): string {
  return `${runId}/${image}`;
}
