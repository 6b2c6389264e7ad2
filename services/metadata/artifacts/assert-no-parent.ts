import { ServiceError } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import { findReferrer } from './find-referrer.ts';

/** The guard's rule for artifacts: what an index names stays. ARTIFACT_REFERENCED. */
export async function assertNoParent(
  facts: Facts,
  { id, digest }: { readonly id: string; readonly digest: string },
): Promise<void> {
  const parent = await findReferrer(facts, id);
  if (!parent) return;
  throw new ServiceError(
    'ARTIFACT_REFERENCED',
    `manifest ${digest} is part of index ${parent.digest}; delete that first`,
    { detail: { digest, referencedBy: parent.digest } },
  );
}
