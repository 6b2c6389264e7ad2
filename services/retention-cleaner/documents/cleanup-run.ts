import { Actor, CleanupCounts, CleanupRunState } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A run of a policy, as work: its images become tasks (`CleanupTask`), which any copies do. */
const CleanupRun = Type.Object({
  policyId: Type.String(),
  policy: Type.String(),
  registryId: Type.String(),
  registry: Type.String(),
  isDryRun: Type.Boolean(),
  state: CleanupRunState,
  trigger: Type.Union([Type.Literal('scheduled'), Type.Literal('manual')]),
  /** The policy, until the run has ended: there is one such run of a policy at most. */
  activeOf: Type.Optional(Type.String()),
  /** What images, tags and rules of the policy came to when it was started: it deletes by nothing else. */
  rules: Type.Optional(Type.String()),
  /** Why it is not to go on, for people to read: it ends as soon as no copy is at it. */
  stopped: Type.Optional(Type.String()),
  /** Epoch milliseconds: when a copy is to look at it next; while one does, the end of its lease. None when it has ended. */
  dueAt: Type.Optional(Type.Integer()),
  /** Epoch milliseconds: what was pushed later stays, and days are counted back from here. */
  begunAt: Type.Integer(),
  /** The last image that became a task. */
  expandedUntil: Type.Optional(Type.String()),
  /** All images are tasks. */
  isExpanded: Type.Optional(Type.Literal(true)),
  /** Somebody wants what the brake holds to go. */
  isConfirmed: Type.Optional(Type.Literal(true)),
  confirmedBy: Type.Optional(Actor),
  cancelledBy: Type.Optional(Actor),
  counts: CleanupCounts,
  startedAt: Type.Optional(Type.String()),
  finishedAt: Type.Optional(Type.String()),
  error: Type.Optional(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type CleanupRun = Static<typeof CleanupRun>;
export type RunDocument = CleanupRun & Stored;

export const cleanupRuns: CollectionDefinition<CleanupRun> = {
  name: 'cleanupRuns',
  schema: CleanupRun,
  unique: { active: ['activeOf'] },
  indexes: {
    byPolicy: [{ field: 'policyId' }, { field: 'createdAt' }],
    byDue: [{ field: 'dueAt' }],
    byCreated: [{ field: 'createdAt' }],
  },
};
