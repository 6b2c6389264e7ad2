import type { EventType, RegistryEvent } from '@berth/contracts';
import type { AuditRecord } from '../documents/audit-record.ts';

/** Pulls are too many; logins are written where they happen. */
type UnheardEvent = 'artifact.pulled' | 'access.loginSucceeded' | 'access.loginFailed';
export type AuditedEventType = Exclude<EventType, UnheardEvent>;
export type AuditedEvent = Exclude<RegistryEvent, { readonly type: `berth.${UnheardEvent}` }>;

/** Every type that the audit log is made of. */
const AUDITED: Readonly<Record<AuditedEventType, true>> = {
  'registry.created': true,
  'registry.updated': true,
  'registry.deleted': true,
  'artifact.pushed': true,
  'artifact.deleted': true,
  'artifact.purged': true,
  'tag.updated': true,
  'tag.deleted': true,
  'replication.completed': true,
  'cleanup.completed': true,
  'protection.created': true,
  'protection.updated': true,
  'protection.deleted': true,
  'replication.created': true,
  'replication.updated': true,
  'replication.deleted': true,
  'cleanup.created': true,
  'cleanup.updated': true,
  'cleanup.deleted': true,
  'cleanup.started': true,
  'cleanup.confirmed': true,
  'cleanup.cancelled': true,
  'webhook.created': true,
  'webhook.updated': true,
  'webhook.deleted': true,
  'access.created': true,
  'access.updated': true,
  'access.deleted': true,
};
export const AUDITED_EVENTS = Object.keys(AUDITED) as AuditedEventType[];

/** The line that an event leaves in the audit log. */
export function recordOfEvent(event: AuditedEvent): AuditRecord {
  const { actor, address, registry, registryId, via } = event.data;
  const { object, outcome = 'success', detail } = described(event);
  return {
    time: new Date(event.time).toISOString(),
    actor: { id: actor.id, kind: actor.kind, name: actor.name },
    actorName: actor.name,
    action: event.type.slice('berth.'.length),
    object,
    objectName: object.name,
    ...(registry !== undefined && { registry }),
    ...(registryId !== undefined && { registryId }),
    ...(address !== undefined && { address }),
    outcome,
    detail: { via, ...detail },
  };
}

interface Described {
  readonly object: AuditRecord['object'];
  readonly outcome?: AuditRecord['outcome'];
  /** What of the event's data is told: nothing that is not named here. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

function described(event: AuditedEvent): Described {
  switch (event.type) {
    case 'berth.registry.created': {
      const { visibility } = event.data;
      return { object: registryOf(event), detail: { visibility } };
    }
    case 'berth.registry.updated': {
      const { changes, visibility } = event.data;
      return {
        object: registryOf(event),
        detail: { changes, ...(visibility !== undefined && { visibility }) },
      };
    }
    case 'berth.registry.deleted':
      return { object: registryOf(event) };
    case 'berth.artifact.pushed': {
      const { registry, image, digest, tag, unchanged } = event.data;
      const name = tag === undefined ? `${registry}/${image}@${digest}` : `${registry}/${image}:${tag}`;
      return {
        object: { kind: 'artifact', name, id: digest },
        detail: { digest, ...(unchanged !== undefined && { unchanged }) },
      };
    }
    case 'berth.artifact.deleted':
    case 'berth.artifact.purged': {
      const { registry, image, digest } = event.data;
      return { object: { kind: 'artifact', name: `${registry}/${image}@${digest}`, id: digest } };
    }
    case 'berth.tag.updated': {
      const { registry, image, tag, digest, previousDigest } = event.data;
      return {
        object: { kind: 'tag', name: `${registry}/${image}:${tag}` },
        detail: { digest, ...(previousDigest !== undefined && { previousDigest }) },
      };
    }
    case 'berth.tag.deleted': {
      const { registry, image, tag, digest } = event.data;
      return { object: { kind: 'tag', name: `${registry}/${image}:${tag}` }, detail: { digest } };
    }
    case 'berth.replication.completed':
    case 'berth.cleanup.completed': {
      const { policy, run, state } = event.data;
      const kind = event.type === 'berth.cleanup.completed' ? 'cleanupRun' : 'replicationRun';
      const outcome = state === 'failed' || state === 'partial' ? 'failure' : 'success';
      return {
        object: { kind, name: policy.name, id: run },
        outcome,
        detail: { policyId: policy.id, state },
      };
    }
    case 'berth.cleanup.started':
    case 'berth.cleanup.confirmed':
    case 'berth.cleanup.cancelled': {
      const { policy, run } = event.data;
      return { object: { kind: 'cleanupRun', name: policy.name, id: run }, detail: { policyId: policy.id } };
    }
    case 'berth.protection.created':
    case 'berth.protection.updated':
    case 'berth.protection.deleted':
    case 'berth.replication.created':
    case 'berth.replication.updated':
    case 'berth.replication.deleted':
    case 'berth.cleanup.created':
    case 'berth.cleanup.updated':
    case 'berth.cleanup.deleted':
    case 'berth.webhook.created':
    case 'berth.webhook.updated':
    case 'berth.webhook.deleted':
    case 'berth.access.created':
    case 'berth.access.updated':
    case 'berth.access.deleted': {
      const { object, changes } = event.data;
      const { kind, name, id } = object;
      return { object: { kind, name, id }, ...(changes !== undefined && { detail: { changes } }) };
    }
    default:
      throw new TypeError(
        `an event of type "${(event satisfies never as { type: string }).type}" is not known`,
      );
  }
}

function registryOf({
  data,
}: Extract<AuditedEvent, { type: `berth.registry.${string}` }>): AuditRecord['object'] {
  return { kind: 'registry', name: data.registry, id: data.registryId };
}
