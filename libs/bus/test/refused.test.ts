import { createMetrics, silentLogger } from '@berth/runtime';
import { startNatsCluster, type TestNatsCluster, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bus, connectBus } from '../index.ts';

let cluster: TestNatsCluster;

beforeAll(async () => {
  cluster = await startNatsCluster({ config: ['authorization { user: berth, password: right }'] });
});
afterAll(() => cluster.stop(), 60_000);

function connectAs(credentials: string, servers = cluster.servers): Promise<Bus> {
  return connectBus({
    servers: servers.map(({ port }) => `nats://${credentials}127.0.0.1:${port}`).join(','),
    service: 'test',
    logger: silentLogger,
    metrics: createMetrics('test', { withProcess: false }),
    connectTimeoutMs: 40_000,
  });
}

// Each server of a cluster names all of them in its first words, also to those that it then refuses.
test.each(['', 'berth:wrong@'])(
  'a cluster that refuses "%s" is no reason to ask for ever',
  async (credentials) => {
    await expect(connectAs(credentials)).rejects.toThrow(
      /^the bus \(NATS at .*\) cannot be reached: Authorization/,
    );
  },
  30_000,
);

test('a cluster is had with the credentials that it asks for, and known beyond the server that was named', async () => {
  const named = cluster.servers.slice(0, 1);
  const bus = await connectAs('berth:right@', named);
  try {
    for (const server of named) await server.kill();
    await waitUntil(() => bus.check().then(() => true), { what: 'another server' });
  } finally {
    await bus.close();
  }
});
