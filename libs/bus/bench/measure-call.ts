/**
 * What one RPC costs: `node libs/bus/bench/measure-call.ts [calls] [at once]`. A client and a server process and a real
 * nats-server; prints the CPU time of each per call, and calls per second.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { getManifest } from '@berth/contracts';
import { createMetrics, silentLogger } from '@berth/runtime';
import { startNats } from '@berth/testing';
import { connectBus } from '../index.ts';

const [calls = 100_000, atOnce = 64] = process.argv.slice(2).map(Number);
const request = {
  repository: { registry: 'acme', image: 'team/web' },
  reference: 'latest',
  purpose: 'get',
} as const;
const requestId = '01j8z3k4m5n6p7q8r9s0t1v2w3';

const nats = await startNats();
const server = fork(new URL('serve.ts', import.meta.url), [nats.url]);
await once(server, 'message');
const metrics = createMetrics('distribution-api');
const bus = await connectBus({
  servers: nats.url,
  service: 'distribution-api',
  logger: silentLogger,
  metrics,
});

async function run(count: number): Promise<void> {
  let left = count;
  async function caller(): Promise<void> {
    while (left-- > 0) await bus.call(getManifest, request, { requestId });
  }
  await Promise.all(Array.from({ length: atOnce }, caller));
}

async function cpuMicros(): Promise<{ client: number; server: number; nats: number }> {
  server.send('cpu');
  const [theirs] = (await once(server, 'message')) as [NodeJS.CpuUsage];
  const ours = process.cpuUsage();
  const stat = (await readFile(`/proc/${nats.pid}/stat`, 'utf8')).split(' ');
  const natsTicks = Number(stat[13]) + Number(stat[14]); // of 10 ms
  return { client: ours.user + ours.system, server: theirs.user + theirs.system, nats: natsTicks * 10_000 };
}

await run(20_000);
const before = await cpuMicros();
const startedAt = performance.now();
await run(calls);
const seconds = (performance.now() - startedAt) / 1000;
const after = await cpuMicros();
const per = (name: keyof typeof after) => ((after[name] - before[name]) / calls).toFixed(1);
process.stdout.write(
  `${calls} calls, ${atOnce} at once: ${Math.round(calls / seconds)}/s; CPU us per call: ` +
    `client ${per('client')}, server ${per('server')}, nats-server ${per('nats')}\n`,
);
await bus.close();
server.disconnect();
await nats.stop();
