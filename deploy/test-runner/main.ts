// `npm test`: the static checks, then the tests. `npm run check`, `npm run test:unit` and `npm test e2e` run a part;
// words after that choose test files. What failed is told once more at the end, and the last line counts: each check as one, then the tests.
import { join } from 'node:path';
import { ensureTools } from './ensure-tools.ts';
import { runJest } from './run-jest.ts';
import { endRunning, runProgram } from './run-program.ts';

const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const FOLDERS = ['libs', 'services', 'deploy', 'cli', 'test-e2e'];
const CHECKS = [
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  { name: 'lint and format', command: bin('biome'), args: ['check', '.'] },
  { name: 'imports', command: bin('depcruise'), args: ['--config', '.dependency-cruiser.mjs', ...FOLDERS] },
] as const;
/** Suites that measure memory, count what a service does, or keep it busy, and want the machine for themselves. */
const ALONE = 'test-e2e/(artifacts/big-layer|compose|storage|costs|faults|soak|production)';
/** What must hold on MongoDB and S3, with two copies of every service, as well. */
const PRODUCTION = 'test-e2e/(conformance|clients|access/(management|registry)-matrix)';

interface Project {
  readonly name: string;
  /** Of jest.config.js. */
  readonly project: 'unit' | 'e2e';
  readonly workers: number;
  /** Test files, where they are not all of the project. */
  readonly only?: string;
  readonly except?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One after the other, each with as many suites at once as do not disturb each other. */
const PROJECTS: readonly Project[] = [
  { name: 'unit', project: 'unit', workers: 2 },
  { name: 'e2e', project: 'e2e', workers: 2, except: ALONE },
  { name: 'e2e-alone', project: 'e2e', workers: 1, only: ALONE },
  {
    ...{ name: 'e2e-production', project: 'e2e', workers: 2, only: PRODUCTION },
    env: { BERTH_TEST_BACKENDS: 'production' },
  },
];
const PARTS: readonly string[] = ['all', 'check', ...PROJECTS.map(({ name }) => name)];

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
/** What the processes and threads of the tests compile once for all of them: they start hundreds. */
const compileCache = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') };
/** In CI nothing is left out: a test that is skipped there counts as failed. */
const isComplete = process.env.CI === 'true';
const say = (line: string) => process.stdout.write(`${line}\n`);

async function check(): Promise<void> {
  for (const { name, command, args } of CHECKS) {
    const startedAt = performance.now();
    const { exitCode, output } = await runProgram(command, args, { cwd: root });
    counts[exitCode === 0 ? 'passed' : 'failed']++;
    say(`${exitCode === 0 ? 'ok' : 'not ok'} ${name} (${seconds(startedAt)} s)`);
    if (exitCode === 0) continue;
    say(output);
    failures.push(name);
  }
}

async function testProject({ name, project, ...how }: Project, patterns: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const isChosen = patterns.length > 0;
  const found = await runJest(root, {
    ...{ project, workers: how.workers },
    patterns: isChosen ? patterns : how.only === undefined ? [] : [how.only],
    except: isChosen ? undefined : how.except,
    env: { ...compileCache, ...process.env, ...how.env },
    say,
  });
  counts.passed += found.passed;
  counts.failed += found.failed;
  counts.skipped += found.skipped;
  failures.push(...found.failures);
  say(
    `${found.failed === 0 ? 'ok' : 'not ok'} ${name}: ${found.passed} passed, ${found.failed} failed, ${found.skipped} skipped (${seconds(startedAt)} s)\n`,
  );
}

async function main([part = 'all', ...patterns]: readonly string[]): Promise<void> {
  if (!PARTS.includes(part))
    throw new Error(`"${part}" is no part of the tests; they are ${PARTS.join(', ')}`);
  if (part === 'all' || part === 'check') await check();
  if (part !== 'check')
    await ensureTools({ env: process.env, isComplete, onProgress: (line) => say(`tools: ${line}`) });
  for (const project of PROJECTS)
    if (part === project.name || (part === 'all' && !(project.only && patterns.length > 0)))
      await testProject(project, patterns);
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
  process.on(signal, () => {
    endRunning();
    process.exit(130);
  });
try {
  await main(process.argv.slice(2));
} catch (error) {
  say(`not ok ${error instanceof Error ? error.message : String(error)}`);
  counts.failed++;
}
if (failures.length > 0) say(`What failed:\n${failures.map((failure) => `- ${failure}`).join('\n')}\n`);
if (counts.skipped > 0) say(`${counts.skipped} skipped${isComplete ? ', which CI does not allow' : ''}`);
const failed = counts.failed + (isComplete ? counts.skipped : 0);
say(`${counts.passed} passed, ${failed} failed`);
process.exit(failed === 0 && counts.passed > 0 ? 0 : 1);
