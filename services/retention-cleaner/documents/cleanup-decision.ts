import { CleanupDecisionResource } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** What a run decided for one artifact, and what became of it; its id is `<task id>@<digest>`. */
const CleanupDecision = Type.Object({
  ...CleanupDecisionResource.properties,
  runId: Type.String(),
  taskId: Type.String(),
  /** Indexes go before what they name: 0 first. */
  depth: Type.Integer(),
});
export type CleanupDecision = Static<typeof CleanupDecision>;
export type DecisionDocument = CleanupDecision & Stored;

export const cleanupDecisions: CollectionDefinition<CleanupDecision> = {
  name: 'cleanupDecisions',
  schema: CleanupDecision,
  indexes: {
    byRun: [{ field: 'runId' }, { field: 'image' }, { field: 'digest' }],
    byOutcome: [{ field: 'runId' }, { field: 'outcome' }, { field: 'image' }, { field: 'digest' }],
    byTask: [{ field: 'taskId' }, { field: 'outcome' }, { field: 'depth' }, { field: 'digest' }],
  },
};
