import type { Bus } from '@berth/bus';
import type { RegistryEvent } from '@berth/contracts';
import { compileFilter } from '@berth/globs';
import { isAttachingTag } from '@berth/oci';
import { removePolicies } from '../policies/remove-policies.ts';
import type { Records } from '../records.ts';
import { startTagRun } from '../runs/start-run.ts';

const TYPES = ['tag.updated', 'tag.deleted', 'registry.deleted'] as const;
const PAGE = 100;

/**
 * Begins a run for each tag that somebody set, by a push or else, or deleted, and that a policy wants. What came by replication is not sent on: so two
 * regions that copy to each other end.
 */
export async function followPushes(
  bus: Pick<Bus, 'consume'>,
  { records, wake }: { readonly records: Records; readonly wake: () => void },
): Promise<{ stop(): Promise<void> }> {
  return await bus.consume('replicator', TYPES, async (cloudEvent) => {
    const event = cloudEvent as Extract<RegistryEvent, { type: `berth.${(typeof TYPES)[number]}` }>;
    if (event.type === 'berth.registry.deleted') return await removePolicies(records, event.data.registryId);
    const { registryId, image, tag, via } = event.data;
    if (via === 'replication') return;
    const { items } = await records.policies.page({
      ...{ index: 'byRegistry', equals: { registryId }, limit: PAGE },
    });
    for (const policy of items) {
      if (!policy.enabled || policy.trigger !== 'event') continue;
      if (event.type === 'berth.tag.deleted' && policy.deletes !== 'mirror') continue;
      const isWanted =
        compileFilter(policy.images)(image) && (isAttachingTag(tag) || compileFilter(policy.tags)(tag));
      if (isWanted) await startTagRun(records, policy, { eventId: event.id, image, tag });
    }
    wake();
  });
}
