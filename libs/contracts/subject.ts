import type { RpcMethod, ServiceName } from './define-rpc.ts';
import { EVENT_DATA, type EventType } from './event.ts';

/** All subjects, streams and durables of the bus. Names given by users never stand in a subject. */
export interface StreamName {
  readonly name: string;
  readonly subjects: readonly string[];
}

/** Published without an outbox and without waiting, and kept by nobody: who listens gets them. */
export const BEST_EFFORT_EVENTS: readonly EventType[] = ['artifact.pulled'];

const eventTypes = Object.keys(EVENT_DATA) as EventType[];

export const EVENT_STREAM: StreamName = {
  name: 'BERTH_EVENTS',
  subjects: eventTypes.filter((type) => !BEST_EFFORT_EVENTS.includes(type)).map(eventSubject),
};

/** Events that a service gave up on, as they were; for people. */
export const POISON_STREAM: StreamName = { name: 'BERTH_POISON', subjects: ['berth.poison.>'] };

export function poisonSubject(service: ServiceName): string {
  return `berth.poison.${service}`;
}

/** `berth.rpc.<service>.<method>`; the copies of a service share the queue group of its name. */
export function rpcSubject(method: Pick<RpcMethod, 'service' | 'method'>): string {
  return `berth.rpc.${method.service}.${method.method}`;
}

export function rpcQueueGroup(service: ServiceName): string {
  return service;
}

/** `berth.event.<entity>.<pastTense>` */
export function eventSubject(type: EventType): string {
  return `berth.event.${type}`;
}

/**
 * What every copy that is there hears at once. It says nothing but its name and may be lost: whoever hears it only looks earlier at what it
 * would have looked at soon anyway.
 */
export type Signal =
  /** Images lost blobs otherwise than by the sweep: what is remembered of where blobs are counts no more. */
  'blobsWithdrawn';

export function signalSubject(signal: Signal): string {
  return `berth.signal.${signal}`;
}

/** The durable consumer of a service, on each stream that it reads. */
export function eventDurable(service: ServiceName): string {
  return service;
}
