import type { Holder } from '@berth/access';
import { ANONYMOUS, type Principal } from '@berth/contracts';
import { isKeyId } from '../credentials/key-id.ts';
import type { Facts } from '../facts.ts';
import { findSubject, subjectNotFound } from '../grants/find-subject.ts';
import { problemOf } from '../logins/secret-login.ts';
import { getUser } from '../users/find-account.ts';
import { grantsOf, type HeldGrant, type HoldingsSource } from './holdings.ts';

/** Somebody of whom it is asked what they may, in words and with what they hold. */
export interface ExplainedSubject {
  /** `user alice`, `access key bk-… of user alice`, `anonymous` */
  readonly words: string;
  /** Why they may nothing at all: `user alice is disabled`. */
  readonly obstacle?: string | undefined;
  readonly holder: Holder;
  readonly grants: readonly HeldGrant[];
  /** The registry that a robot belongs to. */
  readonly registryId?: string;
  readonly isSignedIn: boolean;
}

type Sources = { readonly facts: Facts; readonly holdings: HoldingsSource };

/** `user:…`, `robot:…`, `key:…`, `group:…` or `anonymous`. ServiceError SUBJECT_NOT_FOUND. */
export async function explainedSubject(sources: Sources, text: string): Promise<ExplainedSubject> {
  const { facts } = sources;
  if (text === ANONYMOUS.name) return { words: text, holder: ANONYMOUS, grants: [], isSignedIn: false };
  if (text.startsWith('key:')) return await explainedKey(sources, text);
  const { subject, account } = await findSubject(facts, text);
  if (account === undefined) {
    const group = subject.slice('group:'.length);
    const holder: Holder = { kind: 'user', id: '', isAdmin: false, groups: [group] };
    return { words: `group ${group}`, holder, grants: await grantsOf(facts, [subject]), isSignedIn: true };
  }
  const words = `${account.kind} ${account.username}`;
  const held = await sources.holdings.holdingsOf(principalOfAccount(account));
  if (account.kind === 'user') {
    const obstacle = account.disabled ? `${words} is disabled` : undefined;
    return { words, obstacle, ...held, isSignedIn: true };
  }
  const obstacle = problemOf(account, { what: words, now: facts.clock() })?.message;
  return { words, obstacle, ...held, registryId: account.registryId, isSignedIn: true };
}

async function explainedKey({ facts, holdings }: Sources, text: string): Promise<ExplainedSubject> {
  const id = text.slice('key:'.length);
  const key = isKeyId(id) ? await facts.accessKeys.get(id) : null;
  const owner = key === null ? null : await getUser(facts, key.ownerId);
  if (key === null || owner === null) throw subjectNotFound(text);
  const words = `access key ${id} of user ${owner.username}`;
  const obstacle = owner.disabled
    ? `user ${owner.username} is disabled`
    : problemOf(key, { what: words, now: facts.clock() })?.message;
  const principal: Principal = { id, kind: 'key', name: owner.username, isAdmin: owner.admin };
  return { words, obstacle, ...(await holdings.holdingsOf(principal)), isSignedIn: true };
}

function principalOfAccount(account: { id: string; kind: 'user' | 'robot'; username: string }): Principal {
  const { id, kind, username } = account;
  return { id, kind, name: username, isAdmin: false };
}
