import { arch, cpus, release, totalmem } from 'node:os';
import type { BenchOptions } from './options.ts';
import { median, rowsOf, type Sample, valuesOf } from './samples.ts';

/** A Markdown table: a row per measure, medians with their range, and the ratios of the medians of Berth to the peers'. */
export function table(samples: readonly Sample[], targets: readonly string[]): string {
  const [first, ...peers] = targets;
  const heads = ['measure', ...targets, ...peers.map((peer) => `${first} ÷ ${peer}`)];
  const lines = [
    `| ${heads.join(' | ')} |`,
    `|---|${heads
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
  ];
  for (const row of rowsOf(samples)) {
    const medians = targets.map((target) => median(valuesOf(samples, row, target)));
    const cells = targets.map((target) => cell(valuesOf(samples, row, target)));
    const ratios = peers.map((_, index) => ratio(medians[0], medians[index + 1]));
    lines.push(`| ${[row, ...cells, ...ratios].join(' | ')} |`);
  }
  return lines.join('\n');
}

function cell(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const middle = figure(median(values));
  return values.length === 1
    ? middle
    : `${middle} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;
}

function ratio(ours: number | undefined, theirs: number | undefined): string {
  const value = (ours ?? Number.NaN) / (theirs ?? Number.NaN);
  return Number.isNaN(value) ? '–' : value.toFixed(2);
}

function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** What the figures were taken on and how, for the page. */
export function circumstances(options: BenchOptions, date: Date): string {
  const cpu = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return [
    `Taken on ${date.toISOString().slice(0, 10)} with \`npm run bench\`: ${cpu.length} × ${cpu[0]?.model.trim() ?? arch()},`,
    `${memory} GiB of memory, Linux ${release()}, Node ${process.versions.node}; ${options.rounds} interleaved rounds, medians with the range in`,
    'brackets. All servers, nginx and the clients share these processors.',
  ].join(' ');
}
