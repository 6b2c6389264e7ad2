import { join } from 'node:path';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { callManagement, type ManagementRequest } from '../access/management-client.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { processMemory, resetPeak } from '../support/process-memory.ts';
import { replaceBetweenMarkers } from '../support/replace-between-markers.ts';
import { seedRegistries } from './seed-registries.ts';

const PAGE = join(import.meta.dirname, '../../docs/BENCHMARKS.md');
const FULL = { registry: 'big', images: 1_000, artifactsEach: 100 } as const;
const KEPT_EACH = 10;
/** So many images a real run cleans: each of its deletions is a commit. */
const CLEANED = 20;
const SERVICES = ['retention-cleaner', 'metadata', 'nats-server'] as const;
const PATIENCE_MS = 1_800_000;

interface Run {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Seeds a registry of 100,000 artifacts, and measures what a dry run over it and a real run over a part of it take. */
async function main(): Promise<void> {
  const dataFolder = await temporaryFolder();
  const first = await startBerthProduct({ dataFolder });
  await first.berth.halt();
  await seedRegistries(join(dataFolder, 'databases/metadata.db'), {
    ...{ registries: 0, imagesEach: 0, full: FULL },
  });
  const product = await startBerthProduct({ dataFolder });
  try {
    const lines = [
      `| run | artifacts | deleted | s | artifacts a second | ${SERVICES.map((name) => `${name}, MiB`).join(' | ')} |`,
      `|---|${'---:|'.repeat(4 + SERVICES.length)}`,
      await measure(product, { what: 'dry run', images: ['**'], dryRun: true }),
      await measure(product, { what: 'real run', images: names(CLEANED), dryRun: false }),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    await replaceBetweenMarkers(PAGE, 'cleanup', `\n${lines.join('\n')}\n`);
  } finally {
    await product.stop();
  }
}

async function measure(
  product: BerthProduct,
  { what, images, dryRun }: { what: string; images: readonly string[]; dryRun: boolean },
): Promise<string> {
  const call = async (operation: Parameters<typeof callManagement>[1], request: ManagementRequest) => {
    const answer = await callManagement(product.origin, operation, request, basic('admin', product.password));
    if (answer.status >= 300) throw new Error(`${operation}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const policy = await call('createCleanupPolicy', {
    body: {
      ...{ registry: FULL.registry, name: what.replace(' ', '-'), images: { match: images } },
      ...{ tags: { match: ['**'] }, maxDeletedShare: 1 },
      keep: [{ rule: 'latestPushed', count: KEPT_EACH }],
    },
  });
  const pids = await Promise.all(SERVICES.map(async (name) => (await product.process(name)).pid));
  for (const pid of pids) await resetPeak(pid);
  const startedAt = performance.now();
  const started = await call('startCleanupRun', { params: { id: policy.id }, body: { dryRun } });
  const params = { id: started.id };
  const run = await waitUntil<Run>(
    async () => {
      const found = await call('getCleanupRun', { params });
      return ['waiting', 'running'].includes(found.state) ? null : found;
    },
    { timeoutMs: PATIENCE_MS, what: 'the end of the run' },
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  if (run.state !== 'succeeded') throw new Error(`${what}: ${JSON.stringify(run)}`);
  const { artifacts = 0, deleted = 0 } = run.counts;
  const peaks = await Promise.all(pids.map(async (pid) => (await processMemory(pid)).peakBytes / 1_048_576));
  const cells = [what, artifacts, deleted, seconds.toFixed(1), (artifacts / seconds).toFixed(0)];
  return `| ${[...cells, ...peaks.map((peak) => peak.toFixed(0))].join(' | ')} |`;
}

/** Of the first images, as globs. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `i${String(index).padStart(6, '0')}`);
}

await main();
