import { instrumented, openBlobStore } from '@berth/blob-store';
import { openServiceBus } from '@berth/bus';
import { openServiceStore } from '@berth/document-store';
import { type Clock, hostAndPort, type Lifecycle, newId } from '@berth/runtime';
import type { Cleaner } from './cleaner.ts';
import type { RetentionCleanerSettings } from './config.ts';
import { followRegistries } from './consumers/follow-registries.ts';
import { startHttp } from './http/start-http.ts';
import { openRecords } from './records.ts';
import { serveStorage } from './rpc/serve-storage.ts';
import { createCleanupMetrics } from './runs/cleanup-metrics.ts';
import { startRunner } from './runs/runner.ts';
import { createSweepMetrics } from './sweeps/sweep-metrics.ts';
import { startSweeper } from './sweeps/sweeper.ts';

/** The wiring of retention-cleaner: schedules → sweeps and runs → metadata by RPC and the blob store; and the API over them. */
export async function startRetentionCleaner(
  life: Lifecycle,
  options: { readonly settings: RetentionCleanerSettings; readonly clock?: Clock },
): Promise<{ readonly port: number; readonly cleaner: Cleaner }> {
  const { logger, metrics } = life;
  const { settings, clock = Date.now } = options;

  const store = await openServiceStore(life, settings.BERTH_DATABASE_URL);
  const records = openRecords({ store, clock, newId, logger });

  const blobs = instrumented(await openBlobStore({ url: settings.BERTH_STORAGE_URL }), metrics);
  life.onShutdown('blob store', () => blobs.close());
  life.addReadiness('blob store', () => blobs.check());

  const bus = await openServiceBus(life, 'retention-cleaner', settings);
  bus.relay(store.outbox);
  serveStorage(bus, blobs);

  const holder = newId();
  const sweeper = startSweeper({
    records,
    parts: { caller: bus, blobs, clock, logger, graceMs: settings.BERTH_SWEEP_GRACE },
    metrics: createSweepMetrics(metrics),
    intervalMs: settings.BERTH_SWEEP_INTERVAL,
    perSecond: settings.BERTH_SWEEP_RATE,
    holder,
  });
  life.onShutdown('sweeps', () => sweeper.stop());

  const runner = startRunner({
    ...{ records, caller: bus, holder },
    metrics: createCleanupMetrics(metrics),
  });
  life.onShutdown('cleanup runs', () => runner.stop());
  const registries = await followRegistries(bus, records);
  life.onShutdown('deleted registries', () => registries.stop());

  const wake = () => {
    sweeper.wake();
    runner.wake();
  };
  const cleaner: Cleaner = { records, wake };
  const { port } = await startHttp(cleaner, {
    ...hostAndPort(settings.BERTH_HTTP_LISTEN),
    trustedProxies: settings.BERTH_TRUSTED_PROXIES,
    life,
    caller: bus,
  });
  return { port, cleaner };
}
