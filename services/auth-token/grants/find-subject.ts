import type { Subject } from '@berth/access';
import { isServiceError, ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Account } from '../documents/account.ts';
import type { Facts } from '../facts.ts';
import { findAccount } from '../users/find-account.ts';

const GROUP = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

export interface FoundSubject {
  readonly subject: Subject;
  /** Missing for groups, which are there by being named. */
  readonly account?: Account & Stored;
}

/** `user:alice`, `robot:acme+ci` or `group:ops` as grants keep it. ServiceError SUBJECT_NOT_FOUND. */
export async function findSubject(facts: Pick<Facts, 'accounts'>, text: string): Promise<FoundSubject> {
  const colon = text.indexOf(':');
  const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)];
  if (kind === 'group' && GROUP.test(name)) return { subject: `group:${name}` };
  if (kind === 'user' || kind === 'robot') {
    const account = await findAccount(facts, name);
    if (account?.kind === kind) return { subject: `${kind}:${account.id}`, account };
  }
  throw subjectNotFound(text);
}

/** The same, null for nobody. */
export async function lookUpSubject(
  facts: Pick<Facts, 'accounts'>,
  text: string,
): Promise<FoundSubject | null> {
  try {
    return await findSubject(facts, text);
  } catch (error) {
    if (!isServiceError(error, 'SUBJECT_NOT_FOUND')) throw error;
    return null;
  }
}

export function subjectNotFound(text: string): ServiceError {
  return new ServiceError(
    'SUBJECT_NOT_FOUND',
    `"${text.slice(0, 300)}" is nobody; name user:<user name>, robot:<registry>+<name> or group:<name>`,
  );
}
