import { retryConflict, type Stored } from '@berth/document-store';
import type { Robot } from '../documents/account.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { registryNameOf, requireRobot } from './find-robot.ts';

export interface RobotSettings {
  readonly role: Robot['role'];
  readonly description: string;
  readonly enabled: boolean;
  readonly expiresAt?: string;
}

/** Changes a robot. ServiceError ROBOT_NOT_FOUND. */
export async function updateRobot(
  facts: Facts,
  update: {
    readonly id: string;
    readonly patch: (current: RobotSettings) => Promise<RobotSettings>;
    readonly origin: Origin;
    readonly requireVersion: (version: number) => void;
  },
): Promise<Robot & Stored> {
  const { id, patch, origin, requireVersion } = update;
  return await retryConflict(`robot "${id}"`, async () => {
    const robot = await requireRobot(facts, id);
    requireVersion(robot.version);
    const { expiresAt: _, ...rest } = robot;
    const next: Robot & Stored = {
      ...rest,
      ...(await patch(settingsOf(robot))),
      updatedAt: timestamp(facts),
    };
    const changes = (['role', 'description', 'enabled', 'expiresAt'] as const).filter(
      (field) => next[field] !== robot[field],
    );
    if (changes.length === 0) return robot;
    const updated = accessEvent(facts, {
      type: 'access.updated',
      object: { kind: 'robot', id, name: robot.username },
      registry: { id: robot.registryId, name: registryNameOf(robot) },
      changes,
      origin,
    });
    return withVersion(next, await facts.accounts.replace(next, updated));
  });
}

function settingsOf({ role, description, enabled, expiresAt }: Robot): RobotSettings {
  return { role, description, enabled, ...(expiresAt !== undefined && { expiresAt }) };
}
