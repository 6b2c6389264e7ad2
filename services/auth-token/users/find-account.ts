import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Account, Robot, User } from '../documents/account.ts';
import type { Facts } from '../facts.ts';

/** No login name is longer. */
export const MAX_USERNAME_LENGTH = 255;

type Accounts = Pick<Facts, 'accounts'>;

/** The user or robot that signs in with this name; null when there is none. */
export async function findAccount(
  { accounts }: Accounts,
  username: string,
): Promise<(Account & Stored) | null> {
  if (username.length > MAX_USERNAME_LENGTH || !username.isWellFormed()) return null;
  const { items } = await accounts.page({ index: 'byUsername', equals: { username }, limit: 1 });
  return items[0] ?? null;
}

/** By id; null when there is no such user. */
export async function getUser({ accounts }: Accounts, id: string): Promise<(User & Stored) | null> {
  const account = await accounts.get(id);
  return account?.kind === 'user' ? account : null;
}

/** By id; null when there is no such robot. */
export async function getRobot({ accounts }: Accounts, id: string): Promise<(Robot & Stored) | null> {
  const account = await accounts.get(id);
  return account?.kind === 'robot' ? account : null;
}

/** ServiceError USER_NOT_FOUND. */
export async function requireUser(facts: Accounts, username: string): Promise<User & Stored> {
  const account = await findAccount(facts, username);
  if (account?.kind === 'user') return account;
  throw new ServiceError('USER_NOT_FOUND', `user "${username.slice(0, 300)}" does not exist`);
}
