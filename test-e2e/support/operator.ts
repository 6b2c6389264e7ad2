import { join } from 'node:path';
import type { BackedProduct } from './backends.ts';
import { type ProgramResult, tryProgram } from './run-program.ts';

const PROGRAM = join(import.meta.dirname, '../../cli/berth.mjs');

type Running = Pick<BackedProduct, 'product' | 'settings'>;

/** Runs `berth <args>` beside a running product, with its settings. */
export async function runOperator(
  { product, settings }: Running,
  args: readonly string[],
): Promise<ProgramResult> {
  return await berthCommand({ ...settings, BERTH_DATA: product.berth.dataFolder }, args);
}

/** Runs `berth <args>` with these settings alone. */
export async function berthCommand(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<ProgramResult> {
  return await tryProgram('node', [PROGRAM, ...args], { env });
}

export interface CheckReport {
  readonly isClean: boolean;
  readonly examined: Readonly<Record<string, number>>;
  readonly findings: readonly {
    readonly problem: string;
    readonly id: string;
    readonly detail: string;
    readonly repositories: readonly string[];
    readonly isRepaired: boolean;
  }[];
}

/** The exit code and the report of `berth check --json`. */
export async function runCheck(
  running: Running,
  args: readonly string[] = [],
): Promise<CheckReport & { readonly code: number }> {
  const { code, stdout, output } = await runOperator(running, [
    'check',
    '--json',
    '--settle',
    '700ms',
    ...args,
  ]);
  if (code === 2) throw new Error(`berth check ended with ${code}: ${output}`);
  return { code, ...(JSON.parse(stdout) as CheckReport) };
}
