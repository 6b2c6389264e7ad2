#!/usr/bin/env node
// The command line from a checkout: plain JavaScript for Node 20 and newer, hands over to the Node 24 of the workspace.
// Installs nothing by itself.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const root = join(here, '..');
const node = join(root, 'node_modules/node/bin/node');

/** What an operator does beside the services: another program, with their settings. */
const OPERATOR_COMMANDS = ['check', 'export', 'import'];

if (existsSync(node) && existsSync(join(here, 'node_modules/yargs'))) run();
else refuse();

function run() {
  const [command] = process.argv.slice(2);
  const isOperator = OPERATOR_COMMANDS.includes(command);
  const program = isOperator ? join(root, 'deploy/operator/main.ts') : join(here, 'main.ts');
  const args = ['--disable-warning=ExperimentalWarning', program, ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`berth: ${node} cannot be run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

function refuse() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  process.stderr.write(
    `berth: its packages are not installed; run "npx ${packageManager} install" in ${root} first ("npm start" does it too)\n`,
  );
  process.exitCode = 1;
}
