import { type Static, Type } from '@sinclair/typebox';
import { Actor } from './principal.ts';

const Count = Type.Integer({ minimum: 0 });
const states = <const Names extends readonly string[]>(names: Names) =>
  Type.Union(names.map((name) => Type.Literal(name as Names[number])));

/** `planned` is what a dry run would copy; `conflict`: the destination has another digest and may not be overwritten. */
export const ReplicationTaskState = states([
  'waiting',
  'planned',
  'copied',
  'deleted',
  'skipped',
  'conflict',
  'failed',
  'cancelled',
] as const);
export type ReplicationTaskState = Static<typeof ReplicationTaskState>;

export const ReplicationRunState = states([
  'running',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
] as const);
export type ReplicationRunState = Static<typeof ReplicationRunState>;

/** How many tags came out how, and the bytes of blobs that were sent or were there. Known when the run has ended. */
export const ReplicationCounts = Type.Object({
  planned: Count,
  copied: Count,
  deleted: Count,
  skipped: Count,
  conflict: Count,
  failed: Count,
  cancelled: Count,
  copiedBytes: Count,
  skippedBytes: Count,
});
export type ReplicationCounts = Static<typeof ReplicationCounts>;

export const ReplicationTrigger = states(['manual', 'scheduled', 'event'] as const);

export const ReplicationRunResource = Type.Object({
  id: Type.String(),
  policy: Type.String(),
  registry: Type.String(),
  trigger: ReplicationTrigger,
  dryRun: Type.Boolean(),
  state: ReplicationRunState,
  counts: Type.Optional(ReplicationCounts),
  /** While it is running, seconds late; tags are counted as soon as all are known. */
  progress: Type.Optional(
    Type.Object({ tasks: Count, done: Count, copiedBytes: Count, skippedBytes: Count }),
  ),
  /** Of what was copied, over the whole run; absent where nothing was. */
  bytesPerSecond: Type.Optional(Count),
  /** While it is running, as fast as until now; absent until some of it is done. */
  estimatedEndAt: Type.Optional(Type.String()),
  /** Why it could not begin. */
  error: Type.Optional(Type.String()),
  finishedAt: Type.Optional(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type ReplicationRunResource = Static<typeof ReplicationRunResource>;

export const ReplicationTaskResource = Type.Object({
  id: Type.String(),
  image: Type.String(),
  tag: Type.String(),
  state: ReplicationTaskState,
  digest: Type.Optional(Type.String()),
  /** Why it failed or is a conflict; while it waits, why the last try failed. */
  reason: Type.Optional(Type.String()),
  tries: Count,
  copiedBytes: Count,
  skippedBytes: Count,
  /** Of what was copied, since it was first taken in hand; absent where nothing was. */
  bytesPerSecond: Type.Optional(Count),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});
export type ReplicationTaskResource = Static<typeof ReplicationTaskResource>;
