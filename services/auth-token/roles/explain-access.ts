import {
  ACTIONS_OF_ROLE,
  leastRoleFor,
  REPOSITORY_ACTIONS,
  type RepositoryAction,
  ROLES,
  rolesAllow,
  rolesFor,
} from '@berth/access';
import { type Principal, type Role, ServiceError } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import { subjectNotFound } from '../grants/find-subject.ts';
import { type ExplainedSubject, explainedSubject } from './explained-subject.ts';
import type { HeldGrant, HoldingsSource } from './holdings.ts';

export interface ExplainQuestion {
  /** Who wants to know. */
  readonly principal: Principal;
  readonly subject: string;
  /** Undefined for all of them. */
  readonly registry: { readonly id: string; readonly name: string; readonly isPublic: boolean } | undefined;
  readonly image?: string;
  /** `pull`, `push`, `delete`, or a role. */
  readonly action: string;
}

export interface Explanation {
  readonly allowed: boolean;
  /** Sentences, what decides first. */
  readonly because: string[];
}

/** Reasons are the grants and properties that the access check itself looks at. */
interface Reason {
  readonly roles: readonly Role[];
  readonly sentence: string;
  /** A public registry's pull is no role, and everybody's. */
  readonly isPublicPull?: boolean;
}

/**
 * May somebody do something, and why. ServiceError SUBJECT_NOT_FOUND, also for a robot of another registry, of which only
 * administrators know; REQUEST_INVALID for an action that is none.
 */
export async function explainAccess(
  sources: { readonly facts: Facts; readonly holdings: HoldingsSource },
  question: ExplainQuestion,
): Promise<Explanation> {
  const { principal, registry, action } = question;
  const allows = decisionOn(action);
  const subject = await explainedSubject(sources, question.subject);
  const isForeign = subject.registryId !== undefined && subject.registryId !== registry?.id;
  if (isForeign && !principal.isAdmin) throw subjectNotFound(question.subject);
  if (subject.obstacle !== undefined) return { allowed: false, because: [subject.obstacle] };

  const reasons = [...ownReasons(subject, registry), ...publicReasons(subject, registry)];
  const sufficient = reasons.filter(allows);
  if (sufficient.length > 0) return { allowed: true, because: sufficient.map(({ sentence }) => sentence) };
  return {
    allowed: false,
    because: [missing(question, subject), ...reasons.map(({ sentence }) => sentence)],
  };
}

function decisionOn(action: string): (reason: Reason) => boolean {
  const isRepositoryAction = (text: string): text is RepositoryAction =>
    REPOSITORY_ACTIONS.some((known) => known === text);
  const isRole = (text: string): text is Role => ROLES.some((known) => known === text);
  if (isRepositoryAction(action)) {
    return ({ roles, isPublicPull }) =>
      (isPublicPull === true && action === 'pull') ||
      roles.some((role) => ACTIONS_OF_ROLE[role].includes(action));
  }
  if (isRole(action)) return ({ roles }) => rolesAllow(roles, action);
  const known = [...REPOSITORY_ACTIONS, ...ROLES].join(', ');
  throw new ServiceError('REQUEST_INVALID', `action "${action}" is none of ${known}`, {
    detail: { violations: [{ path: '/action', message: `must be one of ${known}` }] },
  });
}

function ownReasons(
  { words, holder, grants }: ExplainedSubject,
  registry: ExplainQuestion['registry'],
): Reason[] {
  if (holder.isAdmin) return [{ roles: ['admin'], sentence: `${words} is an administrator` }];
  const where = registry ?? null;
  return grants
    .filter((grant) => rolesFor(holder, [grant], where).length > 0)
    .map((grant) => ({ roles: [grant.role], sentence: sentenceOf(grant, { words, registry }) }));
}

function sentenceOf(
  { id, subject, registryId, role }: HeldGrant,
  { words, registry }: { readonly words: string; readonly registry: ExplainQuestion['registry'] },
): string {
  const holder = subject.startsWith('group:') ? `group ${subject.slice('group:'.length)}` : words;
  const where = registryId === '*' ? 'all registries' : (registry?.name ?? registryId);
  return id === undefined
    ? `${holder} is ${role} of ${where} itself`
    : `${holder} holds ${role} in ${where} by grant ${id}`;
}

function publicReasons({ isSignedIn }: ExplainedSubject, registry: ExplainQuestion['registry']): Reason[] {
  if (!registry?.isPublic) return [];
  const who = isSignedIn ? 'everybody may pull, and who is signed in may list' : 'everybody may pull';
  return [
    {
      roles: isSignedIn ? ['viewer'] : [],
      isPublicPull: true,
      sentence: `registry ${registry.name} is public: ${who}`,
    },
  ];
}

function missing({ registry, image, action }: ExplainQuestion, { words }: ExplainedSubject): string {
  const where = registry === undefined ? 'all registries' : registry.name;
  const what = image === undefined ? where : `${where}/${image}`;
  const isPull = (text: string): text is RepositoryAction =>
    REPOSITORY_ACTIONS.some((known) => known === text);
  if (!isPull(action)) return `${words} is not ${action} of ${where}`;
  return `${words} may not ${action} ${what}: that needs ${leastRoleFor(action)} or more`;
}
