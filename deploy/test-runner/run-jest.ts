import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface JestOptions {
  /** A project of jest.config.js. */
  readonly project: string;
  readonly workers: number;
  readonly env: NodeJS.ProcessEnv;
  /** Patterns of test files; all without. */
  readonly patterns: readonly string[];
  /** A pattern of test files to leave out. */
  readonly except?: string | undefined;
}

/**
 * Runs one jest project, its report going to the terminal: a line for a file that passes, all for one that fails. A
 * file that cannot be loaded counts as one failure, as does a jest that ends badly.
 */
export async function runJest(
  root: string,
  { project, workers, env, patterns, except }: JestOptions,
): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-jest-'));
  const outputFile = join(folder, 'results.json');
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = ['--selectProjects', project, '--maxWorkers', String(workers), '--testTimeout', '30000'];
  const left = except === undefined ? [] : ['--testPathIgnorePatterns', except];
  const report = ['--ci', '--json', '--outputFile', outputFile];
  try {
    const { exitCode } = await runProgram(
      process.execPath,
      [...node, join(root, 'node_modules/jest/bin/jest.js'), ...patterns, ...jest, ...report, ...left],
      { cwd: root, env, show: true },
    );
    const counts = await readCounts(outputFile);
    return { ...counts, failed: counts.failed === 0 && exitCode !== 0 ? 1 : counts.failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

async function readCounts(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(text) as Results;
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
