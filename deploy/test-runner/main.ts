// `npm test`: the static checks, then the tests. `npm run check`, `npm run test:unit` and `npm test e2e` run a part.
// The last line counts: each check as one, then the tests.
import { join } from 'node:path';
import { ensureTools } from './ensure-tools.ts';
import { runJest } from './run-jest.ts';
import { runProgram } from './run-program.ts';

const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const FOLDERS = ['libs', 'services', 'deploy', 'test-e2e'];
const CHECKS = [
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  { name: 'lint and format', command: bin('biome'), args: ['check', '.'] },
  { name: 'imports', command: bin('depcruise'), args: ['--config', '.dependency-cruiser.mjs', ...FOLDERS] },
] as const;
const PROJECTS = [
  { name: 'unit', workers: 2 },
  { name: 'e2e', workers: 1 },
] as const;

const [part = 'all'] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };

if (part === 'all' || part === 'check') {
  for (const { name, command, args } of CHECKS) {
    const { exitCode, output } = await runProgram(command, args, { cwd: root });
    counts[exitCode === 0 ? 'passed' : 'failed']++;
    process.stdout.write(exitCode === 0 ? `ok ${name}\n` : `not ok ${name}\n${output}\n`);
  }
}
if (part !== 'check') await ensureTools();
for (const { name, workers } of PROJECTS) {
  if (part !== 'all' && part !== name) continue;
  const { passed, failed } = await runJest(root, { project: name, workers });
  counts.passed += passed;
  counts.failed += failed;
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
