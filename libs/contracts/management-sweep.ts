import { type Static, Type } from '@sinclair/typebox';
import { defineRoutes, listOf, PAGE_PARAMETERS } from './management-route.ts';
import { Actor } from './principal.ts';

const Count = Type.Integer({ minimum: 0 });

/** What a sweep did and what it left, so far. */
export const SweepProgress = Type.Object({
  links: Type.Object({
    removed: Count,
    kept: Type.Object({
      /** An artifact of the image names it. */
      named: Count,
      /** A pusher relied on it within the grace period. */
      recent: Count,
      /** What was deleted can be restored, with it. */
      inRecycleBin: Count,
      /** Somebody changed it while it was looked at. */
      changed: Count,
    }),
  }),
  blobs: Type.Object({
    /** No image has them any more: they are removed after the quarantine. */
    condemned: Count,
    removed: Count,
    removedBytes: Count,
    kept: Type.Object({ linked: Count, changed: Count }),
  }),
  uploads: Type.Object({
    /** Left open for longer than they live. */
    abandoned: Count,
    /** Committed, but no blob came of it. */
    unnamed: Count,
    kept: Type.Object({ named: Count, changed: Count }),
  }),
  /** Of the blob store. */
  keys: Type.Object({ deleted: Count, failed: Count, freedBytes: Count }),
  /** What writers that died left beside their keys: parts in S3, temporary files. */
  unfinishedWrites: Type.Object({ discarded: Count, kept: Count }),
});
export type SweepProgress = Static<typeof SweepProgress>;

export const SweepState = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('running'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
export type SweepState = Static<typeof SweepState>;

export const SweepResource = Type.Object({
  id: Type.String(),
  state: SweepState,
  trigger: Type.Union([Type.Literal('scheduled'), Type.Literal('manual')]),
  ...SweepProgress.properties,
  startedAt: Type.Optional(Type.String()),
  finishedAt: Type.Optional(Type.String()),
  /** Why it failed. */
  error: Type.Optional(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type SweepResource = Static<typeof SweepResource>;

const SWEEPS = '/api/v1/cleanup/sweeps';
const SWEEP = `${SWEEPS}/{id}`;

export const SWEEP_ROUTES = defineRoutes({
  listSweeps: {
    method: 'GET',
    pattern: SWEEPS,
    action: 'admin',
    summary: 'Storage sweeps, newest first',
    query: Type.Object(PAGE_PARAMETERS),
    response: listOf(SweepResource),
  },
  startSweep: {
    method: 'POST',
    pattern: SWEEPS,
    action: 'admin',
    summary: 'Delete the bytes that no image needs any more, now',
    response: SweepResource,
    status: 202,
    errors: ['RUN_IN_PROGRESS'],
  },
  getSweep: {
    method: 'GET',
    pattern: SWEEP,
    action: 'admin',
    summary: 'One storage sweep, with what it did so far',
    response: SweepResource,
    errors: ['RUN_NOT_FOUND'],
  },
  cancelSweep: {
    method: 'POST',
    pattern: `${SWEEP}/cancel`,
    action: 'admin',
    summary: 'End a storage sweep; what it did stays done, and the next one goes on from there',
    response: SweepResource,
    status: 202,
    errors: ['RUN_NOT_FOUND', 'RUN_ENDED'],
  },
});
