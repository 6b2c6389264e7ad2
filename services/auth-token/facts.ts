import type { Collection, DocumentStore } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import { createWorkQueue, type WorkQueue } from './credentials/work-queue.ts';
import { type AccessKey, accessKeys } from './documents/access-key.ts';
import { type Account, accounts } from './documents/account.ts';
import { type AuditMark, auditMarks } from './documents/audit-mark.ts';
import { type AuditRecord, auditLog } from './documents/audit-record.ts';
import { grants, type RoleGrant } from './documents/grant.ts';
import { type LastUse, lastUses } from './documents/last-use.ts';
import { type RefreshToken, refreshTokens } from './documents/refresh-token.ts';
import { type Session, sessions } from './documents/session.ts';
import type { RegistryDirectory } from './ports.ts';

/** The moments between two writes at which a crash or a race is interesting; tests stop there. */
export type Step =
  | 'administrator-retiring'
  | 'user-removed'
  | 'robot-removed'
  | 'key-limit-read'
  | 'grant-checked';

/** Everything the use cases work on: the collections, the registries, the clock, the log. */
export interface Facts {
  readonly store: DocumentStore;
  readonly accounts: Collection<Account>;
  readonly accessKeys: Collection<AccessKey>;
  readonly grants: Collection<RoleGrant>;
  readonly sessions: Collection<Session>;
  readonly refreshTokens: Collection<RefreshToken>;
  readonly lastUses: Collection<LastUse>;
  readonly auditLog: Collection<AuditRecord>;
  readonly auditMarks: Collection<AuditMark>;
  readonly directory: RegistryDirectory;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** One at a time in this process, so that two retiring administrators do not refuse each other. */
  readonly retirements: WorkQueue;
  readonly step: (step: Step) => Promise<void>;
}

/** Declares the collections on a store. */
export function openFacts(options: {
  readonly store: DocumentStore;
  readonly directory: RegistryDirectory;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly step?: (step: Step) => Promise<void>;
}): Facts {
  const { store, directory, clock, newId, logger, step = async () => {} } = options;
  return {
    store,
    accounts: store.collection(accounts),
    accessKeys: store.collection(accessKeys),
    grants: store.collection(grants),
    sessions: store.collection(sessions),
    refreshTokens: store.collection(refreshTokens),
    lastUses: store.collection(lastUses),
    auditLog: store.collection(auditLog),
    auditMarks: store.collection(auditMarks),
    directory,
    clock,
    newId,
    logger,
    retirements: createWorkQueue({ maxConcurrent: 1, maxWaiting: 64 }),
    step,
  };
}

export function timestamp({ clock }: Pick<Facts, 'clock'>): string {
  return new Date(clock()).toISOString();
}
