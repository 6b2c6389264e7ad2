import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** When a policy with a schedule is to run next, under the policy's id. */
const Schedule = Type.Object({
  /** The expression that `dueAt` was reckoned by. */
  cron: Type.String(),
  /** Epoch milliseconds. */
  dueAt: Type.Integer(),
});
export type Schedule = Static<typeof Schedule>;
export type ScheduleDocument = Schedule & Stored;

export const schedules: CollectionDefinition<Schedule> = { name: 'schedules', schema: Schedule };
