import { ServiceError } from '@berth/contracts';
import type { Page, Stored } from '@berth/document-store';
import type { Robot } from '../documents/account.ts';
import type { Facts } from '../facts.ts';
import { getRobot } from '../users/find-account.ts';
import type { SearchQuery } from '../users/list-users.ts';

/** ServiceError ROBOT_NOT_FOUND. */
export async function requireRobot(facts: Pick<Facts, 'accounts'>, id: string): Promise<Robot & Stored> {
  const robot = await getRobot(facts, id);
  if (robot !== null) return robot;
  throw robotNotFound(id);
}

export function robotNotFound(id: string): ServiceError {
  return new ServiceError('ROBOT_NOT_FOUND', `robot "${id.slice(0, 300)}" does not exist`);
}

/** `acme` of a robot whose login name is `acme+ci`. */
export function registryNameOf({ username }: Pick<Robot, 'username'>): string {
  return username.slice(0, username.indexOf('+'));
}

/** Robots of a registry in the order of their names, or of all in that of their login names; `q` may make pages short. */
export async function listRobots(
  { accounts }: Pick<Facts, 'accounts'>,
  { registryId, limit, after, q, name }: SearchQuery & { readonly registryId: string | undefined },
): Promise<Page<Robot & Stored>> {
  const { items, next } = await accounts.page({
    ...source(registryId, name),
    ...(q !== undefined && { contains: { field: 'name', text: q } }),
    ...(after !== undefined && { after }),
    limit,
  });
  return { items: items.filter((account) => account.kind === 'robot'), next };
}

function source(registryId: string | undefined, name: string | undefined) {
  if (registryId !== undefined)
    return { index: 'byRegistry', equals: { registryId, ...(name !== undefined && { name }) } };
  return name === undefined
    ? { index: 'byKind', equals: { kind: 'robot' } }
    : { index: 'byRobotName', equals: { name } };
}
