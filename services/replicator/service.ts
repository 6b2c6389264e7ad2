import { readFileSync } from 'node:fs';
import { createSecretBox, parsePlatformKey } from '@berth/access';
import { openServiceBus } from '@berth/bus';
import { openServiceStore } from '@berth/document-store';
import { createOutbound } from '@berth/outbound';
import { type Clock, hostAndPort, type Lifecycle, newId } from '@berth/runtime';
import { createRegistries } from './adapters/registry-clients.ts';
import { createRpcRegistries } from './adapters/rpc-registries.ts';
import type { ReplicatorSettings } from './config.ts';
import { followPushes } from './consumers/follow-pushes.ts';
import { startHttp } from './http/start-http.ts';
import type { Replicator } from './ports.ts';
import { openRecords } from './records.ts';
import { createReplicationMetrics } from './replication-metrics.ts';
import { startWork } from './tasks/work.ts';

/** The wiring of replicator: events and people → runs → tasks → copies between registries; and the API over them. */
export async function startReplicator(
  life: Lifecycle,
  options: { readonly settings: ReplicatorSettings; readonly clock?: Clock },
): Promise<{ readonly port: number; readonly replicator: Replicator }> {
  const { logger } = life;
  const { settings, clock = Date.now } = options;

  const store = await openServiceStore(life, settings.BERTH_DATABASE_URL);
  const records = openRecords({ store, clock, newId, logger });

  const bus = await openServiceBus(life, 'replicator', settings);
  bus.relay(store.outbox);

  const box = createSecretBox(parsePlatformKey(settings.BERTH_PLATFORM_KEY));
  const userAgent = `Berth/${version()}`;
  const outbound = createOutbound({ allowedCidrs: settings.BERTH_OUTBOUND_ALLOW_CIDRS, userAgent });
  life.onShutdown('outbound', () => outbound.close());
  const registries = createRegistries({
    caller: bus,
    ...{ outbound, box, userAgent, distributionUrl: settings.BERTH_DISTRIBUTION_URL },
  });
  life.onShutdown('registry here', () => registries.close());

  const local = createRpcRegistries(bus);
  const work = startWork({
    ...{ records, registries, local, metrics: createReplicationMetrics(life.metrics) },
    retryPauseMs: settings.BERTH_REPLICATION_RETRY_PAUSE,
  });
  life.onShutdown('work', () => work.stop());
  const following = await followPushes(bus, { records, wake: work.wake });
  life.onShutdown('events', () => following.stop());

  const replicator: Replicator = { records, box, outbound, registries, local, wake: work.wake };
  const { port } = await startHttp(replicator, {
    ...hostAndPort(settings.BERTH_HTTP_LISTEN),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    caller: bus,
  });
  return { port, replicator };
}

function version(): string {
  return JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).version;
}
