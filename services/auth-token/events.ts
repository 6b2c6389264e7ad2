import type { Actor, EventData, Via } from '@berth/contracts';
import { type OutboxEvent, outboxEvent, type WriteOptions } from '@berth/document-store';
import type { Facts } from './facts.ts';

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
  return { events: (sequence) => [told(facts, change, sequence)] };
}

function told(facts: Facts, change: AccessChange, sequence: number): OutboxEvent {
  const { type, object, registry, changes, origin } = change;
  const data: EventData<'access.updated'> = {
    ...(registry && { registry: registry.name, registryId: registry.id }),
    object,
    ...(changes && { changes: [...changes] }),
    ...origin,
    sequence,
  };
  return outboxEvent(facts, {
    type,
    source: registry === undefined ? '/api/v1/access' : `/api/v1/registries/${registry.name}`,
    subject: `${object.kind}/${object.id}`,
    data,
  });
}
