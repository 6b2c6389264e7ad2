import { isServiceError } from '@berth/contracts';
import type { PageQuery, Stored } from '@berth/document-store';
import type { RoleGrant } from '../documents/grant.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { removePages } from '../remove-pages.ts';
import { type DescribedGrant, describeGrants, type KnownNames } from './describe-grants.ts';
import { grantEvent } from './grant-event.ts';

/** Removes the grants of a subject that is gone; `name` is what it was called. */
export async function removeGrantsOf(
  facts: Facts,
  { subject, name }: { readonly subject: string; readonly name: string },
  origin: Origin,
): Promise<void> {
  const query = { index: 'bySubject', equals: { subject } };
  await removeGrants(facts, { query, known: { subjects: new Map([[subject, name]]) }, origin });
}

/** Removes the grants in a registry that is gone. */
export async function removeGrantsIn(
  facts: Facts,
  registry: { readonly id: string; readonly name: string },
  origin: Origin,
): Promise<void> {
  const query = { index: 'byRegistry', equals: { registryId: registry.id } };
  await removeGrants(facts, {
    query,
    known: { registries: new Map([[registry.id, registry.name]]) },
    origin,
  });
}

async function removeGrants(
  facts: Facts,
  removal: {
    readonly query: Pick<PageQuery, 'index' | 'equals'>;
    readonly known: KnownNames;
    readonly origin: Origin;
  },
): Promise<void> {
  const { query, known, origin } = removal;
  await removePages(facts, {
    of: facts.grants,
    query,
    optionsFor: async (grants) =>
      (await describe(facts, grants, known)).map((described) =>
        grantEvent(facts, 'access.deleted', { described, origin }),
      ),
  });
}

/** Taking away does not wait for names: while metadata is away, ids stand in the events. */
async function describe(
  facts: Facts,
  grants: readonly (RoleGrant & Stored)[],
  known: KnownNames,
): Promise<DescribedGrant[]> {
  try {
    return await describeGrants(facts, grants, known);
  } catch (error) {
    if (!isServiceError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED')) throw error;
    return grants.map((grant) => ({
      grant,
      subject: known.subjects?.get(grant.subject) ?? grant.subject,
      registry: known.registries?.get(grant.registryId) ?? grant.registryId,
    }));
  }
}
