import { ServiceError } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import { newSecret, secretHash } from '../credentials/random-secret.ts';
import type { Robot } from '../documents/account.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { registryIsGone } from '../registry-is-gone.ts';
import { nameTaken } from '../users/create-user.ts';
import { getRobot, MAX_USERNAME_LENGTH } from '../users/find-account.ts';
import { removeRobot } from './delete-robot.ts';

export interface RobotCreationOrder {
  readonly registry: { readonly id: string; readonly name: string };
  readonly robot: Pick<Robot, 'name' | 'role' | 'description'> & { readonly expiresAt?: string };
  readonly origin: Origin;
}

/**
 * Creates a robot of a registry; the secret is known this once. ServiceError NAME_TAKEN (detail {existingId}), also when a
 * user has the login name; NAME_INVALID when it is too long; REGISTRY_NOT_FOUND when it goes meanwhile.
 */
export async function createRobot(
  facts: Facts,
  { registry, robot, origin }: RobotCreationOrder,
): Promise<{ readonly robot: Robot & Stored; readonly secret: string }> {
  const username = `${registry.name}+${robot.name}`;
  if (username.length > MAX_USERNAME_LENGTH) {
    const rule = `the login name of a robot, <registry>+<name>, has at most ${MAX_USERNAME_LENGTH} characters`;
    throw new ServiceError('NAME_INVALID', `${rule}; "${username.slice(0, 300)}" has ${username.length}`);
  }
  const secret = newSecret('robot');
  const now = timestamp(facts);
  const created = await insert(
    facts,
    {
      kind: 'robot',
      ...robot,
      username,
      registryId: registry.id,
      enabled: true,
      secretHash: secretHash(secret),
      createdAt: now,
      updatedAt: now,
      createdBy: origin.actor,
    },
    { registry, origin },
  );
  // Whoever follows the deletion of a registry removes the robots that are there then.
  if (await registryIsGone(facts, registry.id)) {
    await removeRobot(facts, created, origin);
    throw new ServiceError('REGISTRY_NOT_FOUND', `registry "${registry.name}" exists no more`);
  }
  return { robot: created, secret };
}

async function insert(
  facts: Facts,
  body: Robot,
  { registry, origin }: Pick<RobotCreationOrder, 'registry' | 'origin'>,
): Promise<Robot & Stored> {
  const id = facts.newId();
  const event = accessEvent(facts, {
    type: 'access.created',
    object: { kind: 'robot', id, name: body.username },
    registry,
    origin,
  });
  for (;;) {
    try {
      return withVersion(body, await facts.accounts.insert(id, body, event));
    } catch (cause) {
      if (!isStoreError(cause, 'UNIQUE_TAKEN')) throw cause;
      const other = await getRobot(facts, String(cause.detail.id));
      // A robot of an earlier registry of this name: nobody has followed that one's deletion yet.
      if (other === null || !(await registryIsGone(facts, other.registryId)))
        throw nameTaken(body.username, cause.detail.id);
      await removeRobot(facts, other, origin);
    }
  }
}
