import { type Lifecycle, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';
import { connectBus } from './connect-bus.ts';
import type { Bus } from './port.ts';

/** What every service reads to find the bus. */
export const BusSettings = Type.Object({
  BERTH_NATS_URL: Setting.string({ default: 'nats://127.0.0.1:4222', isSecret: true }),
  BERTH_NATS_CREDENTIALS_FILE: Setting.optional(Setting.string()),
  BERTH_NATS_REPLICAS: Setting.integer({
    default: '1',
    minimum: 1,
    maximum: 5,
    description: 'copies of the event stream in a NATS cluster; the same for all services',
  }),
});
export type BusSettings = Static<typeof BusSettings>;

/** Connects a service to the bus (`connectBus`): closed with the service, part of its readiness. */
export async function openServiceBus(life: Lifecycle, service: string, settings: BusSettings): Promise<Bus> {
  const bus = await connectBus({
    servers: settings.BERTH_NATS_URL,
    credentialsFile: settings.BERTH_NATS_CREDENTIALS_FILE,
    streamReplicas: settings.BERTH_NATS_REPLICAS,
    service,
    logger: life.logger,
    metrics: life.metrics,
  });
  life.onShutdown('bus', () => bus.close());
  life.addReadiness('bus', () => bus.check());
  return bus;
}
