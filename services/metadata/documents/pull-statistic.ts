import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** How often and when a tag, an artifact or anything of an image was pulled; the id is theirs, and it goes with them. Approximate, decides nothing by itself. */
const PullStatistic = Type.Object({
  pullCount: Type.Optional(Type.Integer()),
  /** Epoch milliseconds. */
  lastPulledAt: Type.Optional(Type.Integer()),
});
export type PullStatistic = Static<typeof PullStatistic>;

export const pullStatistics: CollectionDefinition<PullStatistic> = {
  name: 'pullStatistics',
  schema: PullStatistic,
};
