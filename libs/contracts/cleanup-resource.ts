import { type Static, Type } from '@sinclair/typebox';
import { GlobFilter } from './glob-filter.ts';
import { Actor } from './principal.ts';

/** A registry has at most so many. */
export const MAX_CLEANUP_POLICIES = 15;

const Days = Type.Integer({ minimum: 1, maximum: 36_500 });
const RuleCount = Type.Integer({ minimum: 1, maximum: 100_000 });
const closed = { additionalProperties: false };

/** What a policy keeps of what it matches; counts are artifacts of an image. */
export const KeepRule = Type.Union([
  Type.Object({ rule: Type.Literal('always') }, closed),
  Type.Object({ rule: Type.Literal('latestPushed'), count: RuleCount }, closed),
  Type.Object({ rule: Type.Literal('latestPulled'), count: RuleCount }, closed),
  Type.Object({ rule: Type.Literal('pushedWithin'), days: Days }, closed),
  Type.Object({ rule: Type.Literal('pulledWithin'), days: Days }, closed),
]);
export type KeepRule = Static<typeof KeepRule>;

const settings = {
  name: Type.String({ minLength: 1, maxLength: 128 }),
  images: GlobFilter,
  tags: GlobFilter,
  /** Artifacts without a tag are matched as well. */
  untagged: Type.Boolean({ default: false }),
  keep: Type.Array(KeepRule, { minItems: 1, maxItems: 10 }),
  /** Cron, five fields; none: only when somebody asks for it. */
  schedule: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  timeZone: Type.String({ minLength: 1, maxLength: 64, default: 'UTC' }),
  /** A run that would delete more of an image's tagged artifacts than this share, or the last of them, waits to be confirmed. */
  maxDeletedShare: Type.Number({ minimum: 0, maximum: 1, default: 0.8 }),
  enabled: Type.Boolean({ default: true }),
};

export const CleanupPolicySettings = Type.Object(settings, closed);
export type CleanupPolicySettings = Static<typeof CleanupPolicySettings>;

export const CleanupPolicyCreation = Type.Object(
  {
    registry: Type.String({ minLength: 1, maxLength: 255 }),
    name: settings.name,
    images: Type.Optional(GlobFilter),
    tags: Type.Optional(GlobFilter),
    untagged: Type.Optional(settings.untagged),
    keep: settings.keep,
    schedule: settings.schedule,
    timeZone: Type.Optional(settings.timeZone),
    maxDeletedShare: Type.Optional(settings.maxDeletedShare),
    enabled: Type.Optional(settings.enabled),
  },
  closed,
);
export type CleanupPolicyCreation = Static<typeof CleanupPolicyCreation>;

const made = { createdAt: Type.String(), updatedAt: Type.String(), createdBy: Actor };

export const CleanupPolicyResource = Type.Object({
  id: Type.String(),
  registry: Type.String(),
  ...settings,
  ...made,
});
export type CleanupPolicyResource = Static<typeof CleanupPolicyResource>;

export const CleanupRunState = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('running'),
  /** What is left would delete more than `maxDeletedShare`. */
  Type.Literal('awaitingConfirmation'),
  Type.Literal('succeeded'),
  /** Some images could not be looked at, or some deletions failed. */
  Type.Literal('partial'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
export type CleanupRunState = Static<typeof CleanupRunState>;

const Count = Type.Integer({ minimum: 0 });

/** While a run is under way approximate, at its end exact. */
export const CleanupCounts = Type.Object({
  images: Count,
  imagesDone: Count,
  /** Images that wait to be confirmed. */
  imagesAwaiting: Count,
  imagesFailed: Count,
  /** Artifacts that were looked at. */
  artifacts: Count,
  kept: Count,
  /** Of a dry run: those that would be. */
  deleted: Count,
  /** Planned to go, but changed or held since. */
  keptSince: Count,
});
export type CleanupCounts = Static<typeof CleanupCounts>;

export const CleanupRunCreation = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ default: false })) },
  closed,
);

export const CleanupRunResource = Type.Object({
  id: Type.String(),
  policy: Type.Object({ id: Type.String(), name: Type.String() }),
  registry: Type.String(),
  dryRun: Type.Boolean(),
  state: CleanupRunState,
  trigger: Type.Union([Type.Literal('scheduled'), Type.Literal('manual')]),
  counts: CleanupCounts,
  startedAt: Type.Optional(Type.String()),
  finishedAt: Type.Optional(Type.String()),
  /** Why it failed, or ended without being done. */
  error: Type.Optional(Type.String()),
  /** Who let it go past the brake. */
  confirmedBy: Type.Optional(Actor),
  /** Who ended it. */
  cancelledBy: Type.Optional(Actor),
  ...made,
});
export type CleanupRunResource = Static<typeof CleanupRunResource>;

export const CleanupOutcome = Type.Union([
  Type.Literal('kept'),
  /** Of a dry run, and of a run that has not come to it. */
  Type.Literal('planned'),
  Type.Literal('deleted'),
  /** It was planned, but changed since or is held by something. */
  Type.Literal('keptSince'),
  /** Somebody else deleted it first. */
  Type.Literal('gone'),
]);
export type CleanupOutcome = Static<typeof CleanupOutcome>;

export const CleanupDecisionResource = Type.Object({
  image: Type.String(),
  digest: Type.String(),
  tags: Type.Array(Type.String()),
  outcome: CleanupOutcome,
  /** The keep rule, or what keeps it else; `notKept` for what goes. */
  rule: Type.String(),
  /** The name of the policy that decided, where one did. */
  policy: Type.Union([Type.String(), Type.Null()]),
  reason: Type.String(),
  pushedAt: Type.String(),
  lastPulledAt: Type.Union([Type.String(), Type.Null()]),
});
export type CleanupDecisionResource = Static<typeof CleanupDecisionResource>;
