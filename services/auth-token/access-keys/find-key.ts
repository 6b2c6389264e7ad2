import { MAX_ACCESS_KEYS, type Principal, ServiceError } from '@berth/contracts';
import type { Page, Stored } from '@berth/document-store';
import type { AccessKey } from '../documents/access-key.ts';
import type { Facts } from '../facts.ts';

type Keys = Pick<Facts, 'accessKeys'>;

/** The user whose keys a principal may see: themselves, or the owner of the key they came with. DENIED for robots. */
export async function ownerIdOf({ accessKeys }: Keys, principal: Principal): Promise<string> {
  if (principal.kind === 'user') return principal.id;
  const key = principal.kind === 'key' ? await accessKeys.get(principal.id) : null;
  if (key !== null) return key.ownerId;
  throw new ServiceError('DENIED', `only users have access keys; "${principal.name}" is a ${principal.kind}`);
}

/** ServiceError KEY_NOT_FOUND, also for somebody else's. */
export async function requireKey(
  { accessKeys }: Keys,
  { id, ownerId }: { readonly id: string; readonly ownerId: string },
): Promise<AccessKey & Stored> {
  const key = await accessKeys.get(id);
  if (key?.ownerId === ownerId) return key;
  throw new ServiceError('KEY_NOT_FOUND', `access key "${id.slice(0, 300)}" does not exist`);
}

/** The keys of a user, oldest first. */
export async function listKeys(
  { accessKeys }: Keys,
  query: { readonly ownerId: string; readonly limit: number; readonly after?: string },
): Promise<Page<AccessKey & Stored>> {
  const { ownerId, limit, after } = query;
  return await accessKeys.page({
    index: 'byOwner',
    equals: { ownerId },
    limit: Math.min(limit, MAX_ACCESS_KEYS),
    ...(after !== undefined && { after }),
  });
}
