import { type Actor, type CloudEvent, type EventData, eventSubject, type Via } from '@berth/contracts';
import type { OutboxEvent, WriteOptions } from '@berth/document-store';
import { type Facts, timestamp } from './facts.ts';

/** Who changes something, by which door and from where. */
export interface Origin {
  readonly actor: Actor;
  readonly via: Via;
  /** The client's, where there is one. */
  readonly address?: string;
}

export interface AccessChange {
  readonly type: 'access.created' | 'access.updated' | 'access.deleted';
  readonly object: {
    readonly kind: 'user' | 'key' | 'robot' | 'grant';
    readonly id: string;
    readonly name: string;
  };
  /** Where it belongs to one. */
  readonly registry?: { readonly id: string; readonly name: string } | undefined;
  /** Names of the fields that changed; never their values. */
  readonly changes?: readonly string[];
  readonly origin: Origin;
}

/** What a write carries so that the event of a change is stored with it. */
export function accessEvent(facts: Facts, change: AccessChange): Required<Pick<WriteOptions, 'events'>> {
  return { events: (sequence) => [outboxEvent(facts, change, sequence)] };
}

function outboxEvent(facts: Facts, change: AccessChange, sequence: number): OutboxEvent {
  const { type, object, registry, changes, origin } = change;
  const data: EventData<'access.updated'> = {
    ...(registry && { registry: registry.name, registryId: registry.id }),
    object,
    ...(changes && { changes: [...changes] }),
    ...origin,
    sequence,
  };
  const event: CloudEvent<AccessChange['type']> = {
    specversion: '1.0',
    id: facts.newId(),
    source: registry === undefined ? '/api/v1/access' : `/api/v1/registries/${registry.name}`,
    type: `berth.${type}`,
    subject: `${object.kind}/${object.id}`,
    time: timestamp(facts),
    datacontenttype: 'application/json',
    data,
  };
  return { id: event.id, subject: eventSubject(type), payload: JSON.stringify(event) };
}
