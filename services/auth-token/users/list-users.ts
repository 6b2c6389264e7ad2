import type { Page, Stored } from '@berth/document-store';
import type { User } from '../documents/account.ts';
import type { Facts } from '../facts.ts';

export interface SearchQuery {
  readonly limit: number;
  readonly after?: string;
  readonly q?: string;
  readonly name?: string;
}

/** Users in the order of their names; with `q` a page may be short and have a next. */
export async function listUsers(
  { accounts }: Pick<Facts, 'accounts'>,
  { limit, after, q, name }: SearchQuery,
): Promise<Page<User & Stored>> {
  const { items, next } = await accounts.page({
    index: 'byKind',
    equals: { kind: 'user', ...(name !== undefined && { username: name }) },
    ...(q !== undefined && { contains: { field: 'username', text: q } }),
    ...(after !== undefined && { after }),
    limit,
  });
  return { items: items.filter((account) => account.kind === 'user'), next };
}
