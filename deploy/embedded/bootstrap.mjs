// The first thing that `npm start` and `npm test` run. Plain JavaScript for Node 20 and newer, with nothing installed:
// installs the packages when that is needed, then hands over to the Node 24 that came with them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './bootstrap-install.mjs';
import { runToEnd } from './bootstrap-run.mjs';
import { isHelp, START_HELP } from './start-help.mjs';

const root = join(import.meta.dirname, '../..');
const PROGRAMS = {
  start: 'deploy/embedded/main.ts',
  test: 'deploy/test-runner/main.ts',
  bench: 'test-e2e/bench/main.ts',
  'bench-lists': 'test-e2e/bench/lists-main.ts',
  'bench-cleanup': 'test-e2e/bench/cleanup-main.ts',
};

async function main([command = '', ...args]) {
  const program = PROGRAMS[command];
  if (program === undefined)
    throw new Error(`unknown command "${command}", use one of ${Object.keys(PROGRAMS).join(', ')}`);
  if (command === 'start' && isHelp(args)) {
    process.stdout.write(START_HELP);
    return 0;
  }
  await installPackages(root);
  const node = join(root, 'node_modules/node/bin/node');
  if (!existsSync(node)) throw new Error(`${node} is missing: remove node_modules and start again`);
  return runToEnd(node, ['--disable-warning=ExperimentalWarning', join(root, program), ...args]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`berth: ${error.message}\n`);
  process.exitCode = 1;
}
