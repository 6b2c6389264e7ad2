import type { RpcCaller } from '@berth/bus';
import { cleanUpArtifact } from '@berth/contracts';
import type { DecisionDocument } from '../documents/cleanup-decision.ts';
import { CLEANER } from '../events.ts';
import type { Records } from '../records.ts';
import type { HeldTask } from './hold-task.ts';

const BATCH = 50;

/**
 * Deletes what is planned for an image, one by one; metadata looks once more at each. Asks before each what is against
 * it; returns that, or null when all is done.
 */
export async function carryOut(
  parts: { readonly records: Records; readonly caller: RpcCaller },
  held: HeldTask,
  findReason: () => Promise<string | null>,
): Promise<string | null> {
  const { records } = parts;
  for (;;) {
    const equals = { taskId: held.task.id, outcome: 'planned' };
    const { items } = await records.decisions.page({ index: 'byTask', equals, limit: BATCH });
    if (items.length === 0) return null;
    for (const decision of items) {
      const reason = await findReason();
      if (reason !== null) return reason;
      await held.renew();
      await carryOutOne(parts, held, decision);
    }
  }
}

async function carryOutOne(
  { records, caller }: { readonly records: Records; readonly caller: RpcCaller },
  { task }: HeldTask,
  decision: DecisionDocument,
): Promise<void> {
  const { digest, tags, pushedAt, lastPulledAt } = decision;
  const { registryId, image } = task;
  const planned = { tags, pushedAt, lastPulledAt };
  const request = { registryId, image, digest, planned, actor: CLEANER };
  const { outcome, reason } = await caller.call(cleanUpArtifact, request);
  await records.decisions.replace({
    ...decision,
    outcome: outcome === 'kept' ? 'keptSince' : outcome,
    ...(outcome === 'kept' && { rule: 'changedSince', reason: `kept (changed since): ${reason}` }),
  });
}
