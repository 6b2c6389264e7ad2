import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

/** Runs one jest project in so many workers; a suite that cannot be loaded counts as one failure, as does a jest that ends badly. */
export async function runJest(
  root: string,
  options: { readonly project: string; readonly workers: number },
): Promise<{ passed: number; failed: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-jest-'));
  const outputFile = join(folder, 'results.json');
  try {
    const { exitCode } = await runProgram(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        join(root, 'node_modules/jest/bin/jest.js'),
        ...[
          '--selectProjects',
          options.project,
          '--maxWorkers',
          String(options.workers),
          '--json',
          '--outputFile',
          outputFile,
          '--testTimeout',
          '30000',
        ],
      ],
      { cwd: root },
    ).then((result) => {
      process.stdout.write(withoutJson(result.output));
      return result;
    });
    const results = JSON.parse(await readFile(outputFile, 'utf8')) as Results;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    return { passed: results.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Jest prints the results file as well when asked for it. */
function withoutJson(output: string): string {
  return output
    .split('\n')
    .filter((line) => !line.startsWith('{"num'))
    .join('\n');
}
