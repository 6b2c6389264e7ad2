import type { ReplicationLagResource } from '@berth/contracts';
import type { Records } from '../records.ts';

/** The oldest tags that a policy has not copied: that waits, since it was pushed or a run was started; and that it failed to copy. */
export async function measureLag(records: Records, policyId: string): Promise<ReplicationLagResource> {
  const [waiting, failed] = await Promise.all([
    records.tasks.page({ index: 'byPolicyState', equals: { policyId, state: 'waiting' }, limit: 1 }),
    records.failedTags.page({ index: 'byPolicy', equals: { policyId }, limit: 1 }),
  ]);
  const oldestWaitingAt = waiting.items[0]?.createdAt ?? null;
  const oldestFailedAt = failed.items[0]?.since ?? null;
  const now = records.clock();
  const lags = [oldestWaitingAt, oldestFailedAt].map((at) => (at === null ? 0 : now - Date.parse(at)));
  return { oldestWaitingAt, oldestFailedAt, lagSeconds: Math.max(0, Math.floor(Math.max(...lags) / 1_000)) };
}

export interface PolicyLag {
  readonly registry: string;
  readonly policy: string;
  readonly lagSeconds: number;
}

const PAGE = 100;

/** The policies that are behind the farthest, so many at most; none that has copied all. */
export async function farthestBehind(records: Records, limit: number): Promise<PolicyLag[]> {
  let lags: PolicyLag[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.policies.page({
      ...{ index: 'id', limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const { id, registry, name } of page.items) {
      const { oldestWaitingAt, oldestFailedAt, lagSeconds } = await measureLag(records, id);
      if (oldestWaitingAt !== null || oldestFailedAt !== null)
        lags.push({ registry, policy: name, lagSeconds });
    }
    lags = lags.sort((one, other) => other.lagSeconds - one.lagSeconds).slice(0, limit);
    after = page.next;
  }
  return lags;
}
