import type { Principal } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { requireAdministrator } from './create-grant.ts';
import { describeGrants } from './describe-grants.ts';
import { requireGrant } from './find-grant.ts';
import { grantEvent } from './grant-event.ts';

/** Takes a role away. ServiceError GRANT_NOT_FOUND; DENIED for one in all registries by who is no administrator. */
export async function deleteGrant(
  facts: Facts,
  deletion: {
    readonly id: string;
    readonly principal: Principal;
    readonly origin: Origin;
    readonly requireVersion: (version: number) => void;
  },
): Promise<void> {
  const { id, principal, origin, requireVersion } = deletion;
  await retryConflict(`grant "${id}"`, async () => {
    const grant = await requireGrant(facts, id);
    if (grant.registryId === '*') requireAdministrator(principal);
    requireVersion(grant.version);
    for (const described of await describeGrants(facts, [grant]))
      await facts.grants.remove(grant, grantEvent(facts, 'access.deleted', { described, origin }));
  });
}
