import type { Bus } from '@berth/bus';
import type { CloudEvent } from '@berth/contracts';
import { removePoliciesOf } from '../policies/remove-policies.ts';
import type { Records } from '../records.ts';

/** The policies of a registry that is gone go with it. May hear of it again. */
export async function followRegistries(
  bus: Pick<Bus, 'consume'>,
  records: Records,
): Promise<{ stop(): Promise<void> }> {
  return await bus.consume('retention-cleaner', ['registry.deleted'], async (event) => {
    const { registryId, actor, via, address } = (event as CloudEvent<'registry.deleted'>).data;
    await removePoliciesOf(records, registryId, { actor, via, ...(address !== undefined && { address }) });
  });
}
