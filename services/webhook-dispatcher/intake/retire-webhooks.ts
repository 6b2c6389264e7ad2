import type { CloudEvent, EventData } from '@berth/contracts';
import { MAX_WEBHOOKS } from '@berth/contracts';
import type { Write } from '@berth/document-store';
import type { Standing } from '../documents/standing.ts';
import type { Records } from '../records.ts';

/**
 * The writes by which the webhooks of registries that were deleted begin to retire: what they are still to be told, the
 * deletion itself included, is told first (turns/retire.ts). Those that retire already are left as they are.
 */
export async function retireWrites(records: Records, events: readonly CloudEvent[]): Promise<Write[]> {
  const writes: Write[] = [];
  for (const event of events) {
    if (event.type !== 'berth.registry.deleted') continue;
    const { registryId, actor, via, address } = event.data as EventData<'registry.deleted'>;
    const by = { actor, via, ...(address !== undefined && { address }) };
    writes.push(...(await retireRegistryWrites(records, registryId, by)));
  }
  return writes;
}

/** The same for one registry. */
export async function retireRegistryWrites(
  { webhooks, standings, clock }: Records,
  registryId: string,
  by: Omit<NonNullable<Standing['retirement']>, 'since'>,
): Promise<Write[]> {
  const now = clock();
  const { items } = await webhooks.page({ index: 'byRegistry', equals: { registryId }, limit: MAX_WEBHOOKS });
  const known = await standings.getMany(items.map(({ id }) => id));
  return items.flatMap(({ id }, index) => {
    const standing = known[index] ?? null;
    const retirement = { since: now, ...by };
    if (standing === null) return [standings.write.insert(id, { wakeAt: now, retirement })];
    if (standing.retirement !== undefined) return [];
    const wakeAt = standing.holder === undefined ? now : (standing.wakeAt ?? now);
    return [standings.write.replace({ ...standing, retirement, wakeAt })];
  });
}
