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
