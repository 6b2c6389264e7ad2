import { Actor, ReplicationCounts, ReplicationRunState, ReplicationTrigger } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/**
 * One run of a policy. It is planned first: a task for each tag, by whichever copy takes the lease; ids of tasks are made of the
 * tag, so that planning again adds none. One that an event began is written with its task, and planned only where that is missing after
 * a while. A run ends when no task of it waits.
 */
const Run = Type.Object({
  policyId: Type.String(),
  policy: Type.String(),
  registryId: Type.String(),
  registry: Type.String(),
  trigger: ReplicationTrigger,
  dryRun: Type.Boolean(),
  state: ReplicationRunState,
  /** While it is running. */
  isActive: Type.Optional(Type.Literal(true)),
  /** The policy's id while a person's run is running: there is one of those at most. */
  exclusive: Type.Optional(Type.String()),
  /** What is still to be planned: all tags, one, or those that failed once more. */
  plan: Type.Optional(Type.Union([Type.Literal('all'), Type.Literal('one'), Type.Literal('failed')])),
  image: Type.Optional(Type.String()),
  tag: Type.Optional(Type.String()),
  /** When the event was that began it. */
  since: Type.Optional(Type.String()),
  /** Epoch milliseconds: when it is to be looked at. Until then a copy plans it, it waits to be planned again, or its tasks are at work. */
  leaseUntil: Type.Integer(),
  /** How often it could not be planned. */
  tries: Type.Integer(),
  isCancelled: Type.Optional(Type.Literal(true)),
  counts: Type.Optional(ReplicationCounts),
  error: Type.Optional(Type.String()),
  /** When it began, or was begun again to retry what failed. */
  startedAt: Type.Optional(Type.String()),
  /** Bytes that it had copied before it was begun again. */
  copiedBefore: Type.Optional(Type.Integer()),
  finishedAt: Type.Optional(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type Run = Static<typeof Run>;
export type RunDocument = Run & Stored;

export const runs: CollectionDefinition<Run> = {
  name: 'runs',
  schema: Run,
  unique: { exclusive: ['exclusive'] },
  indexes: {
    byDue: [{ field: 'isActive' }, { field: 'leaseUntil' }],
    byPolicy: [{ field: 'policyId' }, { field: 'createdAt' }],
    byPolicyState: [{ field: 'policyId' }, { field: 'state' }, { field: 'createdAt' }],
  },
};
