export * from './connect-bus.ts';
export type { ConsumerTuning } from './event-consumer.ts';
export { BusSettings, openServiceBus } from './open-service-bus.ts';
export * from './port.ts';
export * from './rpc-door.ts';
