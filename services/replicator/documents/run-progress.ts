import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/**
 * How far a run is, under its id, while it is running: counted as it goes on, so that a crash may leave it a little off. What
 * came of the run is counted anew at its end.
 */
const RunProgress = Type.Object({
  tasks: Type.Optional(Type.Integer()),
  done: Type.Optional(Type.Integer()),
  copiedBytes: Type.Optional(Type.Integer()),
  skippedBytes: Type.Optional(Type.Integer()),
});
export type RunProgress = Static<typeof RunProgress>;
export type RunProgressDocument = RunProgress & Stored;

export const runProgress: CollectionDefinition<RunProgress> = { name: 'runProgress', schema: RunProgress };
