import { isStoreError, retryConflict, type Stored } from '@berth/document-store';
import type { Robot } from '../documents/account.ts';
import { accessEvent, type Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { removeGrantsOf } from '../grants/remove-grants.ts';
import { getRobot } from '../users/find-account.ts';
import { registryNameOf, requireRobot } from './find-robot.ts';

/** Deletes a robot and its grants. ServiceError ROBOT_NOT_FOUND. */
export async function deleteRobot(
  facts: Facts,
  deletion: {
    readonly id: string;
    readonly origin: Origin;
    readonly requireVersion: (version: number) => void;
  },
): Promise<void> {
  const { id, origin, requireVersion } = deletion;
  const robot = await retryConflict(`robot "${id}"`, async () => {
    const found = await requireRobot(facts, id);
    requireVersion(found.version);
    await facts.accounts.remove(found, robotDeleted(facts, found, origin));
    return found;
  });
  await facts.step('robot-removed');
  await removeRobotBelongings(facts, { id, name: robot.username }, origin).catch((error: unknown) => {
    facts.logger.warn('what a deleted robot leaves behind goes with the event of the deletion', {
      id,
      error,
    });
  });
}

/** Removes a robot in whatever version, if it is still there. */
export async function removeRobot(facts: Facts, robot: Robot & Stored, origin: Origin): Promise<void> {
  for (let found: (Robot & Stored) | null = robot; found !== null; found = await getRobot(facts, robot.id)) {
    try {
      await facts.accounts.remove(found, robotDeleted(facts, found, origin));
      break;
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    }
  }
  await removeRobotBelongings(facts, { id: robot.id, name: robot.username }, origin);
}

/** What a robot that exists no more leaves behind. May be done again. */
export async function removeRobotBelongings(
  facts: Facts,
  robot: { readonly id: string; readonly name: string },
  origin: Origin,
): Promise<void> {
  await removeGrantsOf(facts, { subject: `robot:${robot.id}`, name: `robot:${robot.name}` }, origin);
  const use = await facts.lastUses.get(robot.id);
  if (use !== null) await facts.lastUses.remove(use, { relaxed: true }).catch(() => {});
}

function robotDeleted(facts: Facts, robot: Robot & Stored, origin: Origin) {
  return accessEvent(facts, {
    type: 'access.deleted',
    object: { kind: 'robot', id: robot.id, name: robot.username },
    registry: { id: robot.registryId, name: registryNameOf(robot) },
    origin,
  });
}
