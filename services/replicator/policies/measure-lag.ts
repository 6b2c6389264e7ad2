import type { Records } from '../records.ts';

/** The oldest tag that waits to be copied by a policy, as somebody pushed it or started a run. */
export async function measureLag(records: Records, policyId: string) {
  const { items } = await records.tasks.page({
    ...{ index: 'byPolicyState', equals: { policyId, state: 'waiting' }, limit: 1 },
  });
  const oldestWaitingAt = items[0]?.createdAt ?? null;
  const lagMs = oldestWaitingAt === null ? 0 : records.clock() - Date.parse(oldestWaitingAt);
  return { oldestWaitingAt, lagSeconds: Math.max(0, Math.floor(lagMs / 1_000)) };
}

export interface PolicyLag {
  readonly registry: string;
  readonly policy: string;
  readonly lagSeconds: number;
}

const PAGE = 100;

/** The policies whose oldest tag waits for the longest, so many at most; none for which nothing waits. */
export async function farthestBehind(records: Records, limit: number): Promise<PolicyLag[]> {
  let lags: PolicyLag[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.policies.page({
      ...{ index: 'id', limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const { id, registry, name } of page.items) {
      const { oldestWaitingAt, lagSeconds } = await measureLag(records, id);
      if (oldestWaitingAt !== null) lags.push({ registry, policy: name, lagSeconds });
    }
    lags = lags.sort((one, other) => other.lagSeconds - one.lagSeconds).slice(0, limit);
    after = page.next;
  }
  return lags;
}
