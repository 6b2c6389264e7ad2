import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** When a policy is to run next, under its id. Written before the policy says so, so that a policy with a schedule always has one. */
const PolicySchedule = Type.Object({
  /** As the policy says; where that says another, this is made anew. */
  schedule: Type.String(),
  timeZone: Type.String(),
  /** Epoch milliseconds. */
  dueAt: Type.Integer(),
});
export type PolicySchedule = Static<typeof PolicySchedule>;
export type PolicyScheduleDocument = PolicySchedule & Stored;

export const policySchedules: CollectionDefinition<PolicySchedule> = {
  name: 'policySchedules',
  schema: PolicySchedule,
  indexes: { byDue: [{ field: 'dueAt' }] },
};
