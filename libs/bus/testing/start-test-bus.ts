import { createMetrics, silentLogger } from '@berth/runtime';
import { startNats, type TestNats } from '@berth/testing';
import { type Bus, type BusOptions, connectBus } from '../index.ts';

export interface TestBus {
  readonly url: string;
  /** A connection to it; `connect` makes more, as other processes would. */
  readonly bus: Bus;
  readonly nats: TestNats;
  connect(options?: Partial<BusOptions>): Promise<Bus>;
  /** Closes all connections and ends the server. */
  stop(): Promise<void>;
}

/** A real nats-server on loopback and a bus on it. */
export async function startTestBus(options: Partial<BusOptions> = {}): Promise<TestBus> {
  const nats = await startNats();
  const buses: Bus[] = [];

  async function connect(more: Partial<BusOptions> = {}): Promise<Bus> {
    const service = more.service ?? options.service ?? 'test';
    const metrics = createMetrics(service, { withProcess: false });
    const bus = await connectBus({
      servers: nats.url,
      service,
      logger: silentLogger,
      metrics,
      ...options,
      ...more,
    });
    buses.push(bus);
    return bus;
  }

  return {
    url: nats.url,
    nats,
    connect,
    bus: await connect(),
    async stop() {
      await Promise.all(buses.map((bus) => bus.close()));
      await nats.stop();
    },
  };
}
