import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceBetweenMarkers } from '../support/replace-between-markers.ts';
import { type BackendServers, startBackends } from './backend-servers.ts';
import { measureTagPages, prepareTags } from './measure-tags.ts';
import { type MeasureContext, measureBig, measureGet, measureImages } from './measures.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { circumstances, table } from './report.ts';
import type { Sample } from './samples.ts';
import { startTarget } from './start-targets.ts';
import type { BenchTarget } from './target.ts';

const PARTS = { embedded: 'bench', s3: 'bench-s3' } as const;
const PAGE = join(import.meta.dirname, '../../docs/BENCHMARKS.md');

async function bench(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-'));
  const targets: BenchTarget[] = [];
  let servers: BackendServers | undefined;
  const stopAll = async (): Promise<void> => {
    await Promise.all(targets.splice(0).map((target) => target.stop()));
    await servers?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void stopAll().finally(() => process.exit(130)));
  process.once('SIGTERM', () => void stopAll().finally(() => process.exit(143)));
  try {
    servers = await startBackends(options.backends);
    for (const name of options.targets) targets.push(await startTarget(name, folder, { options, servers }));
    const samples = await measureRounds(targets, options);
    const text = table(
      samples,
      targets.map(({ name }) => name),
    );
    process.stdout.write(`\n${text}\n`);
    if (options.write)
      await replaceBetweenMarkers(
        PAGE,
        PARTS[options.backends],
        `${circumstances(options, new Date())}\n\n${text}`,
      );
  } finally {
    await stopAll();
  }
}

/** Round 0 warms every target up and is not counted. In each round every target has its turn at each measure, by turns the first. */
async function measureRounds(targets: readonly BenchTarget[], options: BenchOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  const run = Date.now().toString(36);
  for (let round = 0; round <= options.rounds; round += 1) {
    const order = round % 2 === 0 ? targets : targets.toReversed();
    const contexts = order.map((target): MeasureContext => {
      const add = (sample: Omit<Sample, 'target'>): void => {
        if (round === 0) return;
        samples.push({ ...sample, target: target.name });
        process.stdout.write(`${round} ${target.name}: ${sample.row}: ${sample.value.toPrecision(4)}\n`);
      };
      const { seconds, only } = options;
      return { target, serial: `${run}-${round}`, seconds, only, add };
    });
    for (const measure of measuresOf(options)) await measure(contexts, round);
  }
  return samples;
}

type Measure = (contexts: readonly MeasureContext[], round: number) => Promise<void>;

function measuresOf({ only }: BenchOptions): Measure[] {
  const measures: Measure[] = [];
  if (only.has('get')) measures.push(inTurn(measureGet));
  if (only.has('push1') || only.has('pull1')) {
    measures.push((contexts, round) => measureImages(contexts, 1, round === 0 ? 100 : 200));
  }
  if (only.has('push10') || only.has('pull10')) {
    measures.push((contexts, round) => measureImages(contexts, 10, round === 0 ? 20 : 60));
  }
  if (only.has('big')) {
    measures.push(async (contexts, round) => {
      if (round > 0) await measureBig(contexts);
    });
  }
  if (only.has('tags')) measures.push(inTurn((context, round) => measureTags(context, 1_000, round)));
  if (only.has('tags')) {
    measures.push(
      inTurn(async (context, round) => {
        // Peers read the whole folder of tags for each page: 1,000 show it.
        if (context.target.credential !== undefined) await measureTags(context, 100_000, round);
      }),
    );
  }
  return measures;
}

function inTurn(measure: (context: MeasureContext, round: number) => Promise<void>): Measure {
  return async (contexts, round) => {
    for (const context of contexts) await measure(context, round);
  };
}

function measureTags(context: MeasureContext, count: number, round: number): Promise<void> {
  return round === 0 ? prepareTags(context, count) : measureTagPages(context, count);
}

if (process.argv.includes('--help')) {
  process.stdout.write(USAGE);
} else {
  await bench(parseBenchOptions(process.argv.slice(2)));
}
