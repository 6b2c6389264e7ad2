import type { Bus } from '@berth/bus';
import type { CloudEvent } from '@berth/contracts';
import { recordEvent } from '../audit/record-event.ts';
import { AUDITED_EVENTS, type AuditedEvent } from '../audit/record-of-event.ts';
import { settleAudit } from '../audit/settle-audit.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { removeRobotBelongings } from '../robots/delete-robot.ts';
import { removeRegistry } from '../robots/remove-registry.ts';
import { removeBelongings } from '../users/delete-user.ts';

/**
 * Hears what everybody changes: into the audit log with it; then what belonged to a registry that is gone goes, and what a
 * deletion of a user or robot left behind when its process died. All of it may be done again, and in any order. Events that
 * come close together share one durable write.
 */
export async function followEvents(
  bus: Pick<Bus, 'consume'>,
  facts: Facts,
): Promise<{ stop(): Promise<void> }> {
  async function hear(cloudEvent: CloudEvent): Promise<void> {
    const event = cloudEvent as AuditedEvent;
    await recordEvent(facts, event);
    if (event.type === 'berth.registry.deleted') {
      const { registry, registryId } = event.data;
      await removeRegistry(facts, { id: registryId, name: registry }, originOf(event.data));
    }
    if (event.type === 'berth.access.deleted') {
      const { kind, id, name } = event.data.object;
      if (kind === 'user') await removeBelongings(facts, { id, name }, originOf(event.data));
      if (kind === 'robot') await removeRobotBelongings(facts, { id, name }, originOf(event.data));
    }
  }
  return await bus.consume('auth-token', AUDITED_EVENTS, hear, { settle: () => settleAudit(facts) });
}

function originOf({ actor, via, address }: AuditedEvent['data']): Origin {
  return { actor, via, ...(address !== undefined && { address }) };
}
