import type { Bus } from '@berth/bus';
import type { RegistryEvent } from '@berth/contracts';
import { forgetFailed } from '../policies/note-failed.ts';
import { removePolicies } from '../policies/remove-policies.ts';
import { wantedBy } from '../policies/wanted-by.ts';
import type { Records } from '../records.ts';
import { startTagRun } from '../runs/start-run.ts';

const TYPES = ['tag.updated', 'tag.deleted', 'artifact.pushed', 'registry.deleted'] as const;
const PAGE = 100;

type Followed = Extract<RegistryEvent, { type: `berth.${(typeof TYPES)[number]}` }>;

/**
 * Begins a run for each tag that somebody set, by a push or else, or deleted, and that a policy wants, and for each referrer that
 * comes without a tag: its digest stands in place of one. What came by replication is not sent on: so two regions that copy to
 * each other end.
 */
export async function followPushes(
  bus: Pick<Bus, 'consume'>,
  { records, wake }: { readonly records: Records; readonly wake: () => void },
): Promise<{ stop(): Promise<void> }> {
  return await bus.consume('replicator', TYPES, async (cloudEvent) => {
    const event = cloudEvent as Followed;
    if (event.type === 'berth.registry.deleted') return await removePolicies(records, event.data.registryId);
    const { registryId, image, via } = event.data;
    const tag = referenceOf(event);
    if (via === 'replication' || tag === undefined) return;
    const { items } = await records.policies.page({
      ...{ index: 'byRegistry', equals: { registryId }, limit: PAGE },
    });
    for (const policy of items) {
      if (!policy.enabled || policy.trigger !== 'event') continue;
      if (event.type === 'berth.tag.deleted' && policy.deletes !== 'mirror') {
        await forgetFailed(records, { policyId: policy.id, image, tag });
        continue;
      }
      if (wantedBy(policy).tag(image, tag))
        await startTagRun(records, policy, { eventId: event.id, image, tag, at: event.time });
    }
    wake();
  });
}

/** Artifacts with a tag are told of by that; of others only those that are attached go by themselves. */
function referenceOf(event: Exclude<Followed, { type: 'berth.registry.deleted' }>): string | undefined {
  if (event.type !== 'berth.artifact.pushed') return event.data.tag;
  const { attached, tag, digest } = event.data;
  return attached && tag === undefined ? digest : undefined;
}
