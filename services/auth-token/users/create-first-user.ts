import { isStoreError } from '@berth/document-store';
import { SettingsError } from '@berth/runtime';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import { isAllowedPassword, PASSWORD_RULE } from '../credentials/password-rule.ts';
import { type Facts, timestamp } from '../facts.ts';

export const FIRST_USERNAME = 'admin';

/**
 * At the first start, when there is no user, makes the administrator `admin`; later the password is not looked at.
 * Of several copies that start at once, one does it. SettingsError when the password is needed and missing or too short.
 */
export async function createFirstUser(
  facts: Facts,
  hasher: PasswordHasher,
  password: string | undefined,
): Promise<void> {
  const { items } = await facts.accounts.page({ index: 'byKind', equals: { kind: 'user' }, limit: 1 });
  if (items.length > 0) return;
  if (password === undefined) {
    const why = `is required at the first start: it becomes the password of the first user, ${FIRST_USERNAME}`;
    throw new SettingsError([`BERTH_ADMIN_PASSWORD: ${why}`]);
  }
  if (!isAllowedPassword(password)) {
    throw new SettingsError([`BERTH_ADMIN_PASSWORD: ${PASSWORD_RULE} (its value is not shown)`]);
  }
  const now = timestamp(facts);
  try {
    await facts.accounts.insert(facts.newId(), {
      kind: 'user',
      username: FIRST_USERNAME,
      passwordHash: await hasher.hash(password),
      credentialEpoch: 1,
      admin: true,
      disabled: false,
      groups: [],
      createdAt: now,
      updatedAt: now,
      createdBy: { id: 'auth-token', kind: 'service', name: 'auth-token' },
    });
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
  }
}
