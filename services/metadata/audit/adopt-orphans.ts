import { isStoreError } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { findKeysInUse, orphanId } from '../sweep/find-keys-in-use.ts';

/** Keys of the blob store that no upload has become discarded uploads, so that the sweep deletes their bytes. Returns how many. */
export async function adoptOrphans(
  facts: Facts,
  keys: readonly { readonly key: string; readonly sizeBytes: number }[],
): Promise<number> {
  const { open, committed, discarded } = await findKeysInUse(
    facts,
    keys.map(({ key }) => key),
  );
  const known = new Set([...open, ...committed, ...discarded]);
  let adopted = 0;
  for (const { key, sizeBytes } of keys) {
    if (known.has(key)) continue;
    try {
      await facts.uploads.insert(orphanId(key), {
        ...{ registryId: '', imageId: '', startedBy: 'berth', state: 'discarded' },
        ...{
          current: { key },
          superseded: [],
          takeOvers: 0,
          sizeBytes,
          digests: {},
          changedAt: facts.clock(),
        },
      });
      adopted++;
    } catch (error) {
      if (!isStoreError(error, 'ID_TAKEN')) throw error;
    }
  }
  return adopted;
}
