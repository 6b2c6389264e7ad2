import { type Actor, ANONYMOUS, type Principal, type Via } from '@berth/contracts';
import { LRUCache } from 'lru-cache';
import type { AuditRecord } from '../documents/audit-record.ts';
import { type Facts, timestamp } from '../facts.ts';
import { registryNameOf } from '../robots/find-robot.ts';
import { getRobot } from '../users/find-account.ts';

/** From where somebody signs in, and by which door. */
export interface LoginPlace {
  /** The client's. */
  readonly address: string | undefined;
  readonly via: Via;
}

export type LoginFailure = 'unknown name' | 'wrong password' | 'wrong secret' | 'disabled' | 'expired';

/** Logins as they stand in the audit log. */
export interface LoginRecords {
  succeeded(principal: Principal, place: LoginPlace): Promise<void>;
  /** The same, for logins that clients repeat all the time: at most once an hour of one principal from one address. */
  repeated(principal: Principal, place: LoginPlace): Promise<void>;
  /** `actor` is who they said they are. */
  failed(actor: Actor, reason: LoginFailure, place: LoginPlace): Promise<void>;
}

const REPEATED_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LOGIN_NAME = /^[a-z0-9][a-z0-9._+-]{0,254}$/;

/**
 * Writes logins straight into the audit log: there is no change whose write could carry an event, and a crash of the
 * machine may cost the last of them. A failed write is logged and does not keep anybody out. Failures beyond
 * `maxFailures` a minute are counted in the log of the service only, so that guessing does not fill the disk.
 */
export function createLoginRecords(
  facts: Pick<Facts, 'accounts' | 'auditLog' | 'clock' | 'newId' | 'logger'>,
  { maxFailures = 100 }: { readonly maxFailures?: number } = {},
): LoginRecords {
  const { auditLog, clock, newId, logger } = facts;
  const recorded = new LRUCache<string, number>({ max: 10_000 });
  let failures = { since: 0, count: 0 };

  async function write(login: {
    readonly actor: Actor;
    readonly place: LoginPlace;
    readonly reason?: LoginFailure;
  }): Promise<void> {
    const { actor, place, reason } = login;
    const { id, kind, name } = actor;
    const own: AuditRecord = {
      time: timestamp(facts),
      actor: { id, kind, name },
      actorName: name,
      action: reason === undefined ? 'access.loginSucceeded' : 'access.loginFailed',
      object: { kind, name, id },
      objectName: name,
      ...(place.address !== undefined && { address: place.address }),
      outcome: reason === undefined ? 'success' : 'failure',
      detail: { via: place.via, ...(reason !== undefined && { reason }) },
    };
    try {
      const record = kind === 'robot' ? { ...own, ...(await registryOfRobot(facts, id)) } : own;
      await auditLog.insert(newId(), record, { relaxed: true });
    } catch (error) {
      logger.warn('login not recorded', { action: own.action, error });
    }
  }

  function isWithinLimit(): boolean {
    const now = clock();
    if (now - failures.since >= MINUTE_MS) failures = { since: now, count: 0 };
    failures.count++;
    if (failures.count === maxFailures + 1)
      logger.warn('failed logins are no longer recorded this minute', {});
    return failures.count <= maxFailures;
  }

  return {
    succeeded: (principal, place) => write({ actor: principal, place }),
    async repeated(principal, place) {
      const key = `${principal.id} ${place.address ?? ''}`;
      const now = clock();
      if (now - (recorded.get(key) ?? Number.NEGATIVE_INFINITY) < REPEATED_MS) return;
      recorded.set(key, now);
      await write({ actor: principal, place });
    },
    async failed(actor, reason, place) {
      logger.info('login refused', { username: actor.name, reason, address: place.address });
      if (isWithinLimit()) await write({ actor, place, reason });
    },
  };
}

/** A robot's logins are the business of those who manage its registry. */
async function registryOfRobot(
  facts: Pick<Facts, 'accounts'>,
  id: string,
): Promise<Pick<AuditRecord, 'registry' | 'registryId'>> {
  const robot = await getRobot(facts, id);
  return robot === null ? {} : { registry: registryNameOf(robot), registryId: robot.registryId };
}

/**
 * Somebody of whom no more is known than the name they gave. What cannot be a login name is not kept: it may be a
 * password that was typed into the wrong field.
 */
export function nameless(username: string): Actor {
  if (LOGIN_NAME.test(username)) return { id: 'unknown', kind: 'anonymous', name: username };
  const { id, kind, name } = ANONYMOUS;
  return { id, kind, name };
}
