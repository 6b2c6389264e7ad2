import { unlessConflict } from '@berth/document-store';
import type { Records } from '../records.ts';
import { removeRemains } from './remove-remains.ts';

const PAGE = 100;

/** Removes the policies of a registry that is gone; what they copied stays where it is. May be done again. */
export async function removePolicies(records: Records, registryId: string): Promise<void> {
  const { policies } = records;
  for (;;) {
    const { items } = await policies.page({ index: 'byRegistry', equals: { registryId }, limit: PAGE });
    if (items.length === 0) return;
    for (const policy of items) {
      await removeRemains(records, policy.id);
      await unlessConflict(policies.remove(policy));
    }
  }
}
