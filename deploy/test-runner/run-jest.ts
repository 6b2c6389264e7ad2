import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crashedFiles } from './crashed-files.ts';
import { type FileResult, failuresOf } from './failures.ts';
import { runProgram } from './run-program.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface JestOutcome extends Counts {
  /** Each as it is told at the end of the run. */
  readonly failures: readonly string[];
}

/** What a test or a hook may take, however busy the machine is. */
const PATIENCE_MS = { unit: 120_000, e2e: 300_000 } as const;

export interface JestOptions {
  /** A project of jest.config.js. */
  readonly project: 'unit' | 'e2e';
  readonly workers: number;
  readonly env: NodeJS.ProcessEnv;
  /** Patterns of test files; all without. */
  readonly patterns: readonly string[];
  /** A pattern of test files to leave out. */
  readonly except?: string | undefined;
  readonly say: (line: string) => void;
}

/**
 * Runs one jest project, its report going to the terminal: a line for a file that passes, all for one that fails. A
 * file that cannot be loaded counts as one failure, as does a jest that ends badly. A file whose process crashed is run once more.
 */
export async function runJest(root: string, options: JestOptions): Promise<JestOutcome> {
  const { patterns, except, say } = options;
  const left = except === undefined ? [] : ['--testPathIgnorePatterns', except];
  const first = await run(root, options, [...patterns, ...left]);
  if (first.crashed.length === 0) return { ...first.counts, failures: failuresOf(root, first.files) };
  for (const file of first.crashed) say(`its process crashed, so it is run again: ${file}`);
  const { counts: again, files } = await run(root, options, ['--runTestsByPath', ...first.crashed]);
  return {
    passed: first.counts.passed + again.passed,
    failed: first.counts.failed - first.crashed.length + again.failed,
    skipped: first.counts.skipped + again.skipped,
    failures: failuresOf(root, [
      ...first.files.filter(({ name }) => !first.crashed.includes(name)),
      ...files,
    ]),
  };
}

async function run(
  root: string,
  { project, workers, env }: JestOptions,
  choice: readonly string[],
): Promise<{
  readonly counts: Counts;
  readonly files: readonly FileResult[];
  readonly crashed: readonly string[];
}> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-jest-'));
  const outputFile = join(folder, 'results.json');
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = ['--selectProjects', project, '--maxWorkers', String(workers)];
  const patience = ['--testTimeout', String(PATIENCE_MS[project])];
  const report = ['--ci', '--json', '--outputFile', outputFile];
  try {
    const { exitCode } = await runProgram(
      process.execPath,
      [...node, join(root, 'node_modules/jest/bin/jest.js'), ...choice, ...jest, ...patience, ...report],
      { cwd: root, env, show: true },
    );
    const text = await readFile(outputFile, 'utf8').catch(() => null);
    if (text === null) return { counts: { passed: 0, failed: 1, skipped: 0 }, files: [], crashed: [] };
    const results = JSON.parse(text) as Results;
    const counts = countsOf(results);
    return {
      counts: { ...counts, failed: counts.failed === 0 && exitCode !== 0 ? 1 : counts.failed },
      files: results.testResults,
      crashed: crashedFiles(results.testResults),
    };
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
  readonly testResults: readonly FileResult[];
}

function countsOf(results: Results): Counts {
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
