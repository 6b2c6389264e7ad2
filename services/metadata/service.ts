import { openServiceBus, rpcDoor } from '@berth/bus';
import { openServiceStore } from '@berth/document-store';
import { type Clock, type Lifecycle, newId, runPeriodically } from '@berth/runtime';
import { createManifestReader } from './artifacts/manifest-reader.ts';
import type { MetadataSettings } from './config.ts';
import { openFacts } from './facts.ts';
import { startHttp } from './http/start-http.ts';
import { repair } from './maintenance/repair.ts';
import { createTagPatrol } from './maintenance/tag-patrol.ts';
import type { Metadata } from './metadata.ts';
import { createPullRecorder, type PullRecorder } from './pulls/pull-recorder.ts';
import { emptyBin } from './recycle-bin/empty-bin.ts';
import { createRegistryFinder } from './registries/find-registry.ts';
import { serveAudit } from './rpc/serve-audit.ts';
import { serveCleanup } from './rpc/serve-cleanup.ts';
import { serveManifests } from './rpc/serve-manifests.ts';
import { serveRegistries } from './rpc/serve-registries.ts';
import { serveSweep } from './rpc/serve-sweep.ts';
import { serveUploads } from './rpc/serve-uploads.ts';
import { serviceErrorOf } from './service-error-of.ts';

const PULL_FLUSH_MS = 5_000;

/** The wiring of metadata: store → facts → use cases → RPC and HTTP. */
export async function startMetadata(
  life: Lifecycle,
  options: { readonly settings: MetadataSettings; readonly clock?: Clock },
): Promise<{ readonly port: number; readonly metadata: Metadata }> {
  const { logger } = life;
  const { settings, clock = Date.now } = options;

  const store = await openServiceStore(life, settings.BERTH_DATABASE_URL);
  let pulls: PullRecorder | undefined;
  // After the bus, which answers until it has drained.
  life.onShutdown('pull statistics', () => pulls?.flush());
  const bus = await openServiceBus(life, 'metadata', settings);

  const facts = openFacts({
    store,
    blobsWithdrawn: () => bus.signal('blobsWithdrawn'),
    clock,
    newId,
    logger,
    settings: {
      sweepGraceMs: settings.BERTH_SWEEP_GRACE,
      sweepQuarantineMs: settings.BERTH_SWEEP_QUARANTINE,
      uploadTtlMs: settings.BERTH_UPLOAD_TTL,
      uploadLeaseMs: settings.BERTH_UPLOAD_LEASE,
      repairAfterMs: settings.BERTH_REPAIR_AFTER,
      recycleBinMs: settings.BERTH_RECYCLE_BIN,
    },
  });
  pulls = createPullRecorder(facts);
  const manifests = createManifestReader(facts);
  bus.onSignal('blobsWithdrawn', manifests.forgetBlobs);
  const metadata: Metadata = { facts, finder: createRegistryFinder(facts), manifests, pulls };

  bus.relay(store.outbox);
  const door = rpcDoor(bus, { errorOf: serviceErrorOf, logger });
  serveUploads(door, metadata);
  serveManifests(door, metadata);
  serveRegistries(door, metadata);
  serveSweep(door, metadata);
  serveCleanup(door, metadata);
  serveAudit(door, metadata);

  const repairEveryMs = Math.min(settings.BERTH_REPAIR_AFTER, 30_000);
  for (const { name, everyMs, job } of [
    { name: 'pull statistics', everyMs: PULL_FLUSH_MS, job: () => pulls.flush() },
    { name: 'repair', everyMs: repairEveryMs, job: () => repair(facts) },
    { name: 'recycle bin', everyMs: repairEveryMs, job: () => emptyBin(facts) },
    { name: 'tag patrol', everyMs: repairEveryMs, job: createTagPatrol(facts) },
  ]) {
    const loop = runPeriodically({ name, everyMs, job, logger });
    life.onShutdown(name, () => loop.stop());
  }
  const { port } = await startHttp({ metadata, bus, life, settings });
  return { port, metadata };
}
