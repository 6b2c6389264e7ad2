import { EVENT_STREAM } from '@berth/contracts';
import { createMetrics, silentLogger } from '@berth/runtime';
import { startNatsCluster, type TestNatsCluster, waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type Bus, connectBus } from '../index.ts';
import { MemoryOutbox } from './parts/memory-outbox.ts';
import { echo } from './parts/methods.ts';
import { tagEvent } from './parts/tag-event.ts';

let cluster: TestNatsCluster;
let buses: Bus[];

beforeEach(async () => {
  buses = [];
  cluster = await startNatsCluster();
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await cluster.stop();
});

async function join(service: string, streamReplicas: number): Promise<Bus> {
  const metrics = createMetrics(service, { withProcess: false });
  const logger = silentLogger;
  const bus = await connectBus({
    servers: cluster.url,
    service,
    streamReplicas,
    logger,
    metrics,
    connectTimeoutMs: 40_000,
  });
  buses.push(bus);
  return bus;
}

async function replicas(): Promise<number> {
  const connection = await connect({ servers: cluster.url.split(',') });
  try {
    return (await (await jetstreamManager(connection)).streams.info(EVENT_STREAM.name)).config.num_replicas;
  } finally {
    await connection.close();
  }
}

test('kill -9 of any server of three loses no event and stops neither events nor calls', async () => {
  const outbox = new MemoryOutbox();
  const [sender, receiver] = [await join('metadata', 3), await join('webhook-dispatcher', 3)];
  receiver.serve(echo, async (request) => request);
  const heard = new Set<string>();
  await receiver.consume('webhook-dispatcher', ['tag.updated'], async ({ id }) => void heard.add(id));
  sender.relay(outbox);
  const append = (count: number) => {
    for (let n = 0; n < count; n += 1) outbox.append(tagEvent('latest', outbox.entries.length + 1));
  };
  for (const server of cluster.servers) {
    append(200);
    await server.kill();
    const answers = () => sender.call(echo, { text: 'x' }).then(() => true);
    await waitUntil(answers, { what: 'a call' });
    append(50);
    await waitUntil(() => outbox.unsentCount === 0, { what: 'the relay' });
    await server.restart();
  }
  const all = outbox.entries.map(({ id }) => id);
  // What was on its way when a server died comes again when its time to be acknowledged is over.
  await waitUntil(() => all.every((id) => heard.has(id)), { timeoutMs: 120_000, what: 'every event' });
}, 400_000);

test('a stream gets more copies when a service is told so, and never fewer', async () => {
  await join('metadata', 1);
  expect(await replicas()).toBe(1);
  await join('auth-token', 3);
  expect(await replicas()).toBe(3);
  await join('metadata', 1);
  expect(await replicas()).toBe(3);
});
