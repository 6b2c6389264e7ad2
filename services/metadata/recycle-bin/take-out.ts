import { isStoreError } from '@berth/document-store';
import type { Facts } from '../facts.ts';

/** Takes an artifact out of the recycle bin, unless it was deleted once more meanwhile. */
export async function takeOut(facts: Facts, id: string, version: number): Promise<void> {
  try {
    await facts.deletedArtifacts.remove({ id, version }, { relaxed: true });
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}
