import { processMemory, resetPeak } from '../support/process-memory.ts';
import { imageTag, type LoadJob } from './load-job.ts';
import type { MeasureName } from './options.ts';
import { RegistrySession } from './registry-session.ts';
import { runLoad, runWrk } from './run-load.ts';
import type { Sample } from './samples.ts';
import type { BenchTarget } from './target.ts';

const MIB = 1024 * 1024;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export interface MeasureContext {
  readonly target: BenchTarget;
  /** Different in every run and round. */
  readonly serial: string;
  readonly seconds: number;
  readonly only: ReadonlySet<MeasureName>;
  readonly add: (sample: Omit<Sample, 'target'>) => void;
}

function jobOf(context: MeasureContext, workers: number, images: number, layerBytes: number): LoadJob {
  const { target, seconds } = context;
  const { origin, credential } = target;
  const repositories = Array.from({ length: workers }, (_, index) => `bench/worker${index}`);
  const serial = `${context.serial}-${layerBytes / MIB}m`;
  const job = { kind: 'push', origin, repositories, serial, images, seconds, layerBytes } as const;
  return credential === undefined ? job : { ...job, credential };
}

/** Requests per second for a manifest by tag. */
export async function measureGet(context: MeasureContext): Promise<void> {
  const { target, seconds } = context;
  const job = jobOf(context, 1, 1, 64 * 1024);
  await runLoad(job);
  const session = new RegistrySession(target.origin, 1);
  const authorization = await session.login(target.credential, job.repositories);
  await session.close();
  const headers = { Accept: MANIFEST, ...(authorization !== undefined && { Authorization: authorization }) };
  const url = `${target.origin}/v2/${job.repositories[0]}/manifests/${imageTag(job, 0)}`;
  context.add({ row: 'GET manifest by tag, requests/s', value: await runWrk(url, headers, seconds) });
}

/** Pulls take turns of a few seconds: a machine's speed changes within a minute, and a client needs half a second to come up to its own. */
const TURNS = 3;

/** What one target pulls in all its turns. */
interface Pulling {
  readonly context: MeasureContext;
  /** The push of what is pulled. */
  readonly push: LoadJob;
  images: number;
  seconds: number;
}

const pullingOf =
  (workers: number, images: number, layerBytes: number) =>
  (context: MeasureContext): Pulling => ({
    context,
    push: jobOf(context, workers, images, layerBytes),
    images: 0,
    seconds: 0,
  });

/** Targets take several turns at pulling, the one that was last being first in the next. */
async function pullInTurns(all: readonly Pulling[]): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const pulling of turn % 2 === 0 ? all : all.toReversed()) {
      const { context, push } = pulling;
      const { images, seconds } = await runLoad({ ...push, kind: 'pull', seconds: context.seconds });
      pulling.images += images;
      pulling.seconds += seconds;
    }
  }
}

/** Images per second, pushed and then pulled by four workers; fresh content. Each target pushes in its turn. */
export async function measureImages(
  contexts: readonly MeasureContext[],
  mib: 1 | 10,
  images: number,
): Promise<void> {
  const all = contexts.map(pullingOf(4, images, mib * MIB));
  for (const { context, push } of all) {
    const pushed = await runLoad(push);
    if (context.only.has(`push${mib}`)) {
      const row = `push ${mib} MiB images, 4 at once, images/s`;
      context.add({ row, value: pushed.images / pushed.seconds });
    }
  }
  if (!contexts[0]?.only.has(`pull${mib}`)) return;
  await pullInTurns(all);
  for (const { context, images, seconds } of all)
    context.add({ row: `pull ${mib} MiB images, 4 at once, images/s`, value: images / seconds });
}

/** One layer of 1 GiB: MB/s and the highest resident memory of each process meanwhile. */
export async function measureBig(contexts: readonly MeasureContext[]): Promise<void> {
  const all = contexts.map(pullingOf(1, 1, 1024 * MIB));
  const add = ({ context, push }: Pulling, kind: 'push' | 'pull', images: number, seconds: number): void =>
    context.add({ row: `${kind} one 1 GiB layer, MB/s`, value: (images * push.layerBytes) / 1e6 / seconds });
  for (const pulling of all) {
    await resetPeaks(pulling.context);
    const { images, seconds } = await runLoad(pulling.push);
    add(pulling, 'push', images, seconds);
    await addPeaks(pulling.context, 'push');
  }
  for (const { context } of all) await resetPeaks(context);
  await pullInTurns(all);
  for (const pulling of all) {
    add(pulling, 'pull', pulling.images, pulling.seconds);
    await addPeaks(pulling.context, 'pull');
  }
}

async function resetPeaks({ target }: MeasureContext): Promise<void> {
  for (const { pid } of await target.processes()) await resetPeak(pid);
}

async function addPeaks({ target, add }: MeasureContext, kind: 'push' | 'pull'): Promise<void> {
  const processes = await target.processes();
  const peaks = await Promise.all(processes.map(({ pid }) => processMemory(pid)));
  const highest = new Map<string, number>();
  for (const [index, { name }] of processes.entries()) {
    highest.set(name, Math.max(highest.get(name) ?? 0, peaks[index]?.peakBytes ?? 0));
  }
  for (const [name, bytes] of highest) {
    add({ row: `memory at its highest, ${kind} 1 GiB, ${name}, MiB`, value: bytes / MIB });
  }
}
