import { createServer } from 'node:net';
import { type NatsOptions, startNats, type TestNats } from './nats-server.ts';

/** Servers of one NATS cluster on loopback, with JetStream. */
export interface TestNatsCluster {
  readonly servers: readonly TestNats[];
  /** All of them, as BERTH_NATS_URL names several. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts three servers that know each other; JetStream answers as soon as they have a leader. */
export async function startNatsCluster({ config = [] }: NatsOptions = {}): Promise<TestNatsCluster> {
  const ports = await freePorts(3);
  const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
  const servers = await Promise.all(
    ports.map((port, index) =>
      startNats({
        config: [
          `server_name: "nats-${index + 1}"`,
          `cluster { name: berth, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
          ...config,
        ],
      }),
    ),
  );
  return {
    servers,
    url: servers.map(({ url }) => url).join(','),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

/** Held all at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as { port: number }).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
