import type { RpcMethod, ServiceName } from './define-rpc.ts';
import type { EventType } from './event.ts';

/** All subjects, streams and durables of the bus. Names given by users never stand in a subject. */
export const EVENT_STREAM = { name: 'BERTH_EVENTS', subjects: ['berth.event.>'] } as const;

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

/** The durable consumer of a service on the event stream. */
export function eventDurable(service: ServiceName): string {
  return service;
}
