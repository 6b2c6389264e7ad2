import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** When something is to begin next; the id says what: `sweep`. */
const Schedule = Type.Object({
  /** Epoch milliseconds. */
  dueAt: Type.Integer(),
});
export type Schedule = Static<typeof Schedule>;
export type ScheduleDocument = Schedule & Stored;

export const schedules: CollectionDefinition<Schedule> = { name: 'schedules', schema: Schedule };
