// `npm test`: the static checks, then the tests. `npm test unit` and `npm run check` run a part. Its last line counts.
import { join } from 'node:path';
import { ensureServers } from './ensure-servers.ts';
import { runJest } from './run-jest.ts';
import { runProgram } from './run-program.ts';

const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const CHECKS = [
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  { name: 'lint and format', command: bin('biome'), args: ['check', '.'] },
  {
    name: 'imports',
    command: bin('depcruise'),
    args: ['--config', '.dependency-cruiser.mjs', 'libs', 'services', 'deploy', 'test-e2e'],
  },
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
if (part === 'all' || part === 'unit') {
  await ensureServers();
  const jest = await runJest(root, 'unit');
  counts.passed += jest.passed;
  counts.failed += jest.failed;
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
