import type { DocumentStore, Write } from './port.ts';
import { isStoreError } from './store-error.ts';

/**
 * Executes writes in their order, in one commit unless somebody was faster with one of them: that one is passed over.
 * Returns those that were executed.
 */
export async function writePastConflicts(
  { store }: { readonly store: Pick<DocumentStore, 'writeMany'> },
  writes: readonly Write[],
): Promise<readonly Write[]> {
  const executed: Write[] = [];
  for (let rest = writes; rest.length > 0; ) {
    try {
      await store.writeMany(rest);
      executed.push(...rest);
      break;
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
      const index = Number(error.detail.index);
      executed.push(...rest.slice(0, index));
      rest = rest.slice(index + 1);
    }
  }
  return executed;
}
