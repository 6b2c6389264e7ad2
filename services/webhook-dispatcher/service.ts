import { readFileSync } from 'node:fs';
import { createSecretBox, parsePlatformKey } from '@berth/access';
import { openServiceBus } from '@berth/bus';
import { lookupRegistries } from '@berth/contracts';
import { openServiceStore } from '@berth/document-store';
import { createOutbound, type Resolve } from '@berth/outbound';
import { type Clock, hostAndPort, type Lifecycle, newId, runPeriodically } from '@berth/runtime';
import { createRpcVisibility } from './adapters/rpc-visibility.ts';
import type { WebhookDispatcherSettings } from './config.ts';
import { followEvents } from './consumers/follow-events.ts';
import { listenToPulls } from './consumers/listen-to-pulls.ts';
import type { Dispatcher } from './dispatcher.ts';
import { startHttp } from './http/start-http.ts';
import { countPending } from './maintenance/count-pending.ts';
import { mendStandings } from './maintenance/mend-standings.ts';
import { pruneDeliveries } from './maintenance/prune-deliveries.ts';
import { retireStrayWebhooks } from './maintenance/retire-stray-webhooks.ts';
import { openRecords } from './records.ts';
import { createDeliveryMetrics } from './turns/delivery-metrics.ts';
import { startDispatch } from './turns/dispatch.ts';

const MINUTE_MS = 60_000;

/** The wiring of webhook-dispatcher: events → deliveries → turns of webhooks → receivers; and the API over them. */
export async function startWebhookDispatcher(
  life: Lifecycle,
  options: {
    readonly settings: WebhookDispatcherSettings;
    readonly clock?: Clock;
    readonly resolve?: Resolve;
    readonly random?: () => number;
  },
): Promise<{ readonly port: number; readonly dispatcher: Dispatcher }> {
  const { logger } = life;
  const { settings, clock = Date.now, random = Math.random, resolve } = options;

  const store = await openServiceStore(life, settings.BERTH_DATABASE_URL);
  const records = openRecords({ store, clock, newId, logger });

  const bus = await openServiceBus(life, 'webhook-dispatcher', settings);
  bus.relay(store.outbox);

  const box = createSecretBox(parsePlatformKey(settings.BERTH_PLATFORM_KEY));
  const userAgent = `Berth/${version()}`;
  const outbound = createOutbound({
    allowedCidrs: settings.BERTH_OUTBOUND_ALLOW_CIDRS,
    userAgent,
    // Attempts are bounded for each webhook: those of one must not wait for another's to the same host.
    connectionsPerTarget: null,
    ...(resolve !== undefined && { resolve }),
  });
  life.onShutdown('outbound', () => outbound.close());
  const sender = {
    box,
    outbound,
    userAgent,
    publicUrl: settings.BERTH_PUBLIC_URL,
    visibilityOf: createRpcVisibility(bus, clock),
    clock,
    logger,
  };

  const metrics = createDeliveryMetrics(life.metrics);
  const holder = newId();
  const dispatch = startDispatch({
    records,
    sender,
    metrics,
    logger,
    holder,
    random,
    retryPauseMs: settings.BERTH_WEBHOOK_RETRY_PAUSE,
  });
  // At once, beside what the other parts still end: an attempt may take as long as a shutdown.
  life.stopping.addEventListener('abort', () => void dispatch.stop());
  life.onShutdown('dispatch', () => dispatch.stop());

  const following = await followEvents({ records, bus, holder, onDeliveries: dispatch.wake });
  life.onShutdown('reading events', () => following.stop());
  const pulls = listenToPulls(records, bus, dispatch.wake);
  life.onShutdown('pulls', () => pulls.stop());

  const pruning = { retentionMs: settings.BERTH_WEBHOOK_RETENTION, stopping: life.stopping };
  const existing = async (ids: readonly string[]) =>
    (await bus.call(lookupRegistries, { ids: [...ids] })).registries.map(({ id }) => id);
  for (const { name, everyMs, job } of [
    {
      name: 'pending deliveries',
      everyMs: 15_000,
      job: async () => metrics.pending(await countPending(records)),
    },
    {
      name: 'old deliveries',
      everyMs: 10 * MINUTE_MS,
      job: () => pruneDeliveries(records, pruning),
    },
    { name: 'webhooks left unwoken', everyMs: 5 * MINUTE_MS, job: () => mendStandings(records) },
    {
      name: 'webhooks without registry',
      everyMs: 60 * MINUTE_MS,
      job: () => retireStrayWebhooks(records, existing),
    },
  ]) {
    const loop = runPeriodically({ name, everyMs, job, logger });
    life.onShutdown(name, () => loop.stop());
  }

  const dispatcher: Dispatcher = { records, box, outbound, sender, wake: dispatch.wake };
  const { port } = await startHttp(dispatcher, {
    ...hostAndPort(settings.BERTH_HTTP_LISTEN),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    caller: bus,
  });
  return { port, dispatcher };
}

function version(): string {
  return JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).version;
}
