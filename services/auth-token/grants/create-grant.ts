import { type Principal, ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import type { RoleGrant } from '../documents/grant.ts';
import { withVersion } from '../documents/with-version.ts';
import type { Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { registryIsGone } from '../registry-is-gone.ts';
import { removeQuietly } from '../remove-pages.ts';
import type { DescribedGrant } from './describe-grants.ts';
import { type FoundSubject, findSubject, subjectNotFound } from './find-subject.ts';
import { grantEvent } from './grant-event.ts';

export interface GrantOrder {
  readonly principal: Principal;
  /** By name: `user:alice`. */
  readonly subject: string;
  /** Undefined for all registries. */
  readonly registry: { readonly id: string; readonly name: string } | undefined;
  readonly role: RoleGrant['role'];
  readonly origin: Origin;
}

/**
 * Gives a role. ServiceError SUBJECT_NOT_FOUND, also for a robot of another registry, of which only administrators know;
 * GRANT_EXISTS (detail {existingId}) when the subject has one there; DENIED for a role in all registries by who is no
 * administrator; REQUEST_INVALID for one of a robot in all; REGISTRY_NOT_FOUND when it goes meanwhile.
 */
export async function createGrant(facts: Facts, order: GrantOrder): Promise<DescribedGrant> {
  const { principal, registry, role, origin } = order;
  if (registry === undefined) requireAdministrator(principal);
  const found = await findSubject(facts, order.subject);
  requireFitting(order, found);
  await facts.step('grant-checked');
  const now = timestamp(facts);
  const id = facts.newId();
  const body: RoleGrant = {
    subject: found.subject,
    registryId: registry?.id ?? '*',
    role,
    createdAt: now,
    updatedAt: now,
    createdBy: origin.actor,
  };
  const described = { subject: order.subject, registry: registry?.name ?? '*' };
  const grant = withVersion(body, await insert(facts, { id, body, described, origin }));
  const gone = await whatIsGone(facts, order, found);
  if (gone === undefined) return { ...described, grant };
  const removed = grantEvent(facts, 'access.deleted', { described: { ...described, grant }, origin });
  await removeQuietly(facts.grants, grant, removed);
  throw gone;
}

/** Roles in all registries are the business of administrators. ServiceError DENIED. */
export function requireAdministrator(principal: Principal): void {
  if (principal.isAdmin) return;
  throw new ServiceError('DENIED', `"${principal.name}" is not admin, which roles in all registries need`);
}

function requireFitting({ principal, subject, registry }: GrantOrder, { account }: FoundSubject): void {
  if (account?.kind !== 'robot') return;
  if (registry === undefined) {
    const rule = 'a robot belongs to a registry and holds no role in all of them';
    throw new ServiceError('REQUEST_INVALID', `"${subject}": ${rule}`);
  }
  if (account.registryId !== registry.id && !principal.isAdmin) throw subjectNotFound(subject);
}

async function insert(
  facts: Facts,
  grant: {
    readonly id: string;
    readonly body: RoleGrant;
    readonly described: Omit<DescribedGrant, 'grant'>;
    readonly origin: Origin;
  },
) {
  const { id, body, described, origin } = grant;
  const whole = { ...described, grant: withVersion(body, { id, version: 0 }) };
  try {
    return await facts.grants.insert(
      id,
      body,
      grantEvent(facts, 'access.created', { described: whole, origin }),
    );
  } catch (cause) {
    if (!isStoreError(cause, 'UNIQUE_TAKEN')) throw cause;
    throw new ServiceError(
      'GRANT_EXISTS',
      `"${described.subject}" holds a role in "${described.registry}" already; take it away first`,
      { detail: { existingId: cause.detail.id } },
    );
  }
}

/** Whoever deletes a subject or a registry removes the grants that are there then: was this one too late for that? */
async function whatIsGone(
  facts: Facts,
  { subject, registry }: GrantOrder,
  { account }: FoundSubject,
): Promise<ServiceError | undefined> {
  if (account !== undefined && (await facts.accounts.get(account.id)) === null)
    return subjectNotFound(subject);
  if (registry === undefined || !(await registryIsGone(facts, registry.id))) return undefined;
  return new ServiceError('REGISTRY_NOT_FOUND', `registry "${registry.name}" exists no more`);
}
