import type { Write } from '@berth/document-store';
import type { Standing } from '../documents/standing.ts';
import type { Records } from '../records.ts';
import type { PlannedDelivery } from './plan-deliveries.ts';

/**
 * The writes that give webhooks deliveries, in the order that strands none of them whatever ends the call: the deliveries
 * that are not there yet; then each lane with a pending one, also of those that were there already; then the standing of
 * each webhook. By the versions read here: a conflict asks for all of it again.
 */
export async function enqueueWrites(records: Records, planned: readonly PlannedDelivery[]): Promise<Write[]> {
  const { deliveries, lanes, standings, clock } = records;
  const now = clock();
  const existing = await deliveries.getMany(planned.map(({ id }) => id));
  const inserts: Write[] = [];
  const webhookOfLane = new Map<string, string>();
  for (const [index, { id, delivery }] of planned.entries()) {
    const present = existing[index] ?? null;
    if (present === null) inserts.push(deliveries.write.insert(id, delivery));
    const { lane, webhookId } = present ?? delivery;
    if (lane !== undefined) webhookOfLane.set(lane, webhookId);
  }
  const laneIds = [...webhookOfLane.keys()];
  const knownLanes = await lanes.getMany(laneIds);
  const laneWrites = laneIds.map((id, index) => {
    const webhookId = webhookOfLane.get(id) ?? '';
    const known = knownLanes[index] ?? null;
    return known === null ? lanes.write.insert(id, { webhookId, dueAt: now }) : lanes.write.replace(known);
  });
  const webhookIds = [...new Set(webhookOfLane.values())];
  const known = await standings.getMany(webhookIds);
  const standingWrites = webhookIds.map((id, index) => {
    const standing = known[index] ?? null;
    return standing === null
      ? standings.write.insert(id, { wakeAt: now })
      : standings.write.replace({ ...standing, ...woken(standing, now) });
  });
  return [...inserts, ...laneWrites, ...standingWrites];
}

/** When a webhook with new work is looked at: at once; not while it is paused; whoever holds it sees the new version. */
export function woken(standing: Standing, now: number): Pick<Standing, 'wakeAt'> {
  const { wakeAt, holder, pausedAt } = standing;
  if (holder !== undefined || pausedAt !== undefined) return wakeAt === undefined ? {} : { wakeAt };
  return { wakeAt: Math.min(wakeAt ?? now, now) };
}
