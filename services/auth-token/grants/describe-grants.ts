import type { Stored } from '@berth/document-store';
import type { RoleGrant } from '../documents/grant.ts';
import type { Facts } from '../facts.ts';

/** A grant in the words of people. Ids stand where a name is not known (any more). */
export interface DescribedGrant {
  readonly grant: RoleGrant & Stored;
  /** `user:alice`, `robot:acme+ci`, `group:ops` */
  readonly subject: string;
  /** `acme`, or `*` for all. */
  readonly registry: string;
}

/** Names that the caller knows already, by subject with its id and by registry id. */
export interface KnownNames {
  readonly subjects?: ReadonlyMap<string, string>;
  readonly registries?: ReadonlyMap<string, string>;
}

/** Names subjects and registries. One read of accounts, one question to metadata. ServiceError UNAVAILABLE. */
export async function describeGrants(
  facts: Pick<Facts, 'accounts' | 'directory'>,
  grants: readonly (RoleGrant & Stored)[],
  known: KnownNames = {},
): Promise<DescribedGrant[]> {
  const [subjects, registries] = await Promise.all([
    subjectNames(facts, grants, known.subjects ?? new Map()),
    registryNames(facts, grants, known.registries ?? new Map()),
  ]);
  return grants.map((grant) => ({
    grant,
    subject: subjects.get(grant.subject) ?? grant.subject,
    registry: registries.get(grant.registryId) ?? grant.registryId,
  }));
}

async function subjectNames(
  { accounts }: Pick<Facts, 'accounts'>,
  grants: readonly RoleGrant[],
  known: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const isAsked = ({ subject }: RoleGrant) => !subject.startsWith('group:') && !known.has(subject);
  const ids = [...new Set(grants.filter(isAsked).map(({ subject }) => idOfSubject(subject)))];
  if (ids.length === 0) return known;
  const names = new Map(known);
  for (const account of await accounts.getMany(ids))
    if (account !== null) names.set(`${account.kind}:${account.id}`, `${account.kind}:${account.username}`);
  return names;
}

async function registryNames(
  { directory }: Pick<Facts, 'directory'>,
  grants: readonly RoleGrant[],
  known: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const ids = grants.map(({ registryId }) => registryId).filter((id) => id !== '*' && !known.has(id));
  if (ids.length === 0) return known;
  const found = await directory.lookupIds(ids);
  return new Map([...known, ...found.map(({ id, name }) => [id, name] as const)]);
}

function idOfSubject(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}
