import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** How often and when a tag or an artifact was pulled; the id is theirs. Approximate, decides nothing by itself. */
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
