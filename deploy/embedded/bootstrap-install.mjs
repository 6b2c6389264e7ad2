import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './bootstrap-lock.mjs';

/**
 * Installs the workspace's packages as pnpm-lock.yaml has them, unless that was done already. Processes that ask at
 * the same time wait for each other. Throws an Error whose message carries what the package manager said.
 */
export async function installPackages(root) {
  if (isInstalled(root)) return;
  mkdirSync(join(root, '.cache'), { recursive: true });
  await withFileLock(join(root, '.cache/install.lock'), async () => {
    if (isInstalled(root)) return;
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    rmSync(stampFile(root), { force: true });
    process.stderr.write('berth: installing packages, the first time this takes a minute\n');
    await runPackageManager(root, packageManager);
    writeFileSync(stampFile(root), stampOf(root));
  });
}

function isInstalled(root) {
  try {
    return (
      existsSync(join(root, 'node_modules/node/bin/node')) &&
      readFileSync(stampFile(root), 'utf8') === stampOf(root)
    );
  } catch {
    return false;
  }
}

function stampFile(root) {
  return join(root, 'node_modules/.berth-installed');
}

/** What was installed: the lock file's content, for this kind of machine. */
function stampOf(root) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  return `${process.platform}-${process.arch} ${lock}\n`;
}

function runPackageManager(root, packageManager) {
  const args = [
    '--yes',
    packageManager,
    'install',
    '--frozen-lockfile',
    '--prod=false',
    '--config.confirmModulesPurge=false',
  ];
  const { NODE_ENV: _, ...env } = process.env;
  const isTerminal = process.stdout.isTTY === true;
  return new Promise((resolve, reject) => {
    const child = spawn('npx', args, {
      cwd: root,
      env,
      stdio: ['ignore', isTerminal ? 'inherit' : 'pipe', isTerminal ? 'inherit' : 'pipe'],
    });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
    const pass = (signal) => child.kill(signal);
    process.once('SIGINT', pass).once('SIGTERM', pass);
    child.once('error', (cause) =>
      reject(new Error(`npx cannot be run to install packages: ${cause.message}`)),
    );
    child.once('close', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      if (code === 0) return resolve();
      const lines = Buffer.concat(said).toString().trim().split('\n').slice(-30).join('\n');
      reject(
        new Error(
          `installing packages with ${packageManager} failed (${signal ?? `exit code ${code}`})${lines === '' ? '' : `:\n${lines}`}`,
        ),
      );
    });
  });
}
