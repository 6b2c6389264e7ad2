import { retryConflict } from '@berth/document-store';
import { ALL_REGISTRIES } from '../documents/webhook.ts';
import { retireRegistryWrites } from '../intake/retire-webhooks.ts';
import type { Records } from '../records.ts';

const BATCH = 200;
const SELF = { id: 'webhook-dispatcher', kind: 'service', name: 'webhook-dispatcher' } as const;

/**
 * Retires webhooks of registries that are gone without this service having heard of it: made in the moment of the deletion,
 * or deleted while the bus forgot. Ids of registries never come back.
 * @param existing of these registries, those that exist; rejects when that cannot be known
 */
export async function retireStrayWebhooks(
  records: Records,
  existing: (registryIds: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  let last = '';
  for (;;) {
    const { items } = await records.webhooks.page({
      index: 'byRegistry',
      range: { gt: last },
      limit: BATCH,
    });
    const ids = [...new Set(items.map(({ registryId }) => registryId))];
    last = ids.at(-1) ?? '';
    if (last === '') return;
    const asked = ids.filter((id) => id !== ALL_REGISTRIES);
    const found = asked.length === 0 ? [] : await existing(asked);
    for (const registryId of asked.filter((id) => !found.includes(id))) {
      await retryConflict(`webhooks of registry ${registryId}`, async () => {
        const by = { actor: SELF, via: 'api' } as const;
        const writes = await retireRegistryWrites(records, registryId, by);
        if (writes.length > 0) await records.store.writeMany(writes);
      });
    }
  }
}
