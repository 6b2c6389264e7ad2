import { isServiceError } from '@berth/contracts';
import type { Facts } from './facts.ts';

/** Is there no registry of this id any more? False while nobody can say. */
export async function registryIsGone({ directory }: Pick<Facts, 'directory'>, id: string): Promise<boolean> {
  try {
    return (await directory.lookupIds([id])).length === 0;
  } catch (error) {
    if (!isServiceError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED')) throw error;
    return false;
  }
}
