import { ServiceError } from '@berth/contracts';
import type { Page, PageQuery, Stored } from '@berth/document-store';
import type { RoleGrant } from '../documents/grant.ts';
import type { Facts } from '../facts.ts';

/** ServiceError GRANT_NOT_FOUND. */
export async function requireGrant(
  { grants }: Pick<Facts, 'grants'>,
  id: string,
): Promise<RoleGrant & Stored> {
  const grant = await grants.get(id);
  if (grant !== null) return grant;
  throw grantNotFound(id);
}

export function grantNotFound(id: string): ServiceError {
  return new ServiceError('GRANT_NOT_FOUND', `grant "${id.slice(0, 300)}" does not exist`);
}

export interface GrantQuery {
  /** Only of this registry, by id. */
  readonly registryId: string | undefined;
  /** Only of this subject, with its id. */
  readonly subject: string | undefined;
  readonly limit: number;
  readonly after?: string;
}

/** Grants by one index each, so that every page costs what it brings. */
export async function listGrants(
  { grants }: Pick<Facts, 'grants'>,
  { registryId, subject, limit, after }: GrantQuery,
): Promise<Page<RoleGrant & Stored>> {
  const source: Pick<PageQuery, 'index' | 'equals'> =
    subject !== undefined
      ? { index: 'bySubject', equals: { subject, ...(registryId !== undefined && { registryId }) } }
      : registryId !== undefined
        ? { index: 'byRegistry', equals: { registryId } }
        : { index: 'id' };
  return await grants.page({ ...source, limit, ...(after !== undefined && { after }) });
}
