import { Actor, SweepProgress, SweepState } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A storage sweep, as work: one copy has it in hand at a time. The due documents of metadata are its cursor. */
const Sweep = Type.Object({
  state: SweepState,
  trigger: Type.Union([Type.Literal('scheduled'), Type.Literal('manual')]),
  /** While it is waiting or running: there is one of those at most. */
  isActive: Type.Optional(Type.Literal(true)),
  /** The copy that has it in hand, and until when, epoch milliseconds. */
  holder: Type.Optional(Type.String()),
  leaseUntil: Type.Optional(Type.Integer()),
  /** Somebody wants it to end. */
  isCancelled: Type.Optional(Type.Literal(true)),
  progress: SweepProgress,
  startedAt: Type.Optional(Type.String()),
  finishedAt: Type.Optional(Type.String()),
  error: Type.Optional(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type Sweep = Static<typeof Sweep>;
export type SweepDocument = Sweep & Stored;

export const sweeps: CollectionDefinition<Sweep> = {
  name: 'sweeps',
  schema: Sweep,
  unique: { active: ['isActive'] },
  indexes: { byCreated: [{ field: 'createdAt' }], byActive: [{ field: 'isActive' }] },
};
