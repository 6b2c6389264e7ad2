import { type Principal, ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { newSecret, secretHash, storedIdOf } from '../credentials/random-secret.ts';
import type { User } from '../documents/account.ts';
import type { Facts } from '../facts.ts';
import { principalOf } from '../logins/authenticate.ts';
import { getUser } from '../users/find-account.ts';
import { removeOldest } from './remove-oldest.ts';

export const REFRESH_TOKEN_LIFETIME_MS = 90 * 24 * 60 * 60 * 1_000;
/** Beyond so many of one user, the one that ends first goes. */
export const MAX_REFRESH_TOKENS = 100;

/** A new refresh token of a user who has just shown their password. It is shown this once. */
export async function createRefreshToken(
  facts: Pick<Facts, 'store' | 'refreshTokens' | 'clock'>,
  user: Pick<User & Stored, 'id' | 'credentialEpoch'>,
): Promise<string> {
  const { refreshTokens, clock } = facts;
  const token = newSecret('refresh');
  const now = clock();
  await refreshTokens.insert(secretHash(token), {
    userId: user.id,
    credentialEpoch: user.credentialEpoch,
    createdAt: new Date(now).toISOString(),
    expiresAt: now + REFRESH_TOKEN_LIFETIME_MS,
  });
  await removeOldest(facts, { of: refreshTokens, userId: user.id, most: MAX_REFRESH_TOKENS });
  return token;
}

/** Who holds this refresh token. ServiceError UNAUTHORIZED when it has ended or never was. */
export async function principalOfRefreshToken(
  facts: Pick<Facts, 'refreshTokens' | 'accounts' | 'clock'>,
  token: string,
): Promise<Principal> {
  const id = storedIdOf('refresh', token);
  const found = id === undefined ? null : await facts.refreshTokens.get(id);
  const user = found === null ? null : await getUser(facts, found.userId);
  const isGood =
    found !== null &&
    user !== null &&
    !user.disabled &&
    found.expiresAt > facts.clock() &&
    found.credentialEpoch === user.credentialEpoch;
  if (!isGood)
    throw new ServiceError(
      'UNAUTHORIZED',
      'the refresh token has ended, or there never was one; log in again',
    );
  return principalOf(user);
}
