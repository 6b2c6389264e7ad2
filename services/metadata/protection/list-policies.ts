import type { Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import type { PolicyDocument } from './find-policy.ts';

export interface PolicyQuery {
  /** Of one registry; else of all, with those of registries that are being deleted left out. */
  readonly registry?: RegistryDocument | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
  readonly q?: string | undefined;
  readonly name?: string | undefined;
}

/** A policy with the name of its registry. */
export interface NamedPolicy {
  readonly policy: PolicyDocument;
  readonly registryName: string;
}

/** Policies in the order of their names; a page may be short and have a next. */
export async function listPolicies(facts: Facts, query: PolicyQuery): Promise<Page<NamedPolicy>> {
  const { registry, limit, after, q, name } = query;
  const equals = {
    ...(registry === undefined ? {} : { registryId: registry.id }),
    ...(name === undefined ? {} : { name }),
  };
  const page = await facts.protectionPolicies.page({
    index: registry === undefined ? 'byName' : 'byRegistry',
    equals,
    limit,
    ...(after === undefined ? {} : { after }),
    ...(q === undefined ? {} : { contains: { field: 'name', text: q } }),
  });
  if (registry !== undefined)
    return {
      items: page.items.map((policy) => ({ policy, registryName: registry.name })),
      next: page.next,
    };
  const owners = await facts.registries.getMany(page.items.map(({ registryId }) => registryId));
  const items = page.items.flatMap((policy, index) => {
    const owner = owners[index];
    return owner?.state === 'active' ? [{ policy, registryName: owner.name }] : [];
  });
  return { items, next: page.next };
}
