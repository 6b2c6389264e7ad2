import { spawn } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SAMPLES, startContractServer } from '@berth/management-client/testing';
import { temporaryFolder } from '@berth/testing';
import { describe, expect, test } from '@jest/globals';
import { VERSION } from '../version.ts';

const PROGRAM = join(import.meta.dirname, '../berth.mjs');

async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, HOME: await temporaryFolder(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

describe('the program', () => {
  test('hands over to the Node of the workspace, also through a link, and passes the exit code on', async () => {
    const link = join(await temporaryFolder(), 'berth');
    await symlink(PROGRAM, link);
    expect(await run(process.execPath, [link, '--version'])).toMatchObject({
      code: 0,
      stdout: `${VERSION}\n`,
    });
    expect(await run(process.execPath, [link, 'nothing'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('installs nothing: without its packages it says what to do', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'cli'));
    await copyFile(PROGRAM, join(root, 'cli/berth.mjs'));
    await writeFile(join(root, 'package.json'), '{"packageManager":"pnpm@1.2.3"}');
    expect(await run(process.execPath, [join(root, 'cli/berth.mjs'), '--version'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('run "npx pnpm@1.2.3 install"'),
    });
  });

  test('ends quietly when the reader goes away', async () => {
    const items = Array.from({ length: 2_000 }, (_, index) => ({
      ...SAMPLES.registry.value,
      name: `r${index}`,
    }));
    const server = await startContractServer({
      listRegistries: ({ query }) => ({ body: { items, next: String(Number(query.after ?? 0) + 1) } }),
    });
    try {
      const script = 'set -o pipefail; "$0" "$1" registries list -q | head -n 1; echo $?';
      const ended = await run('bash', ['-c', script, process.execPath, PROGRAM], {
        BERTH_ORIGIN: server.origin,
      });
      expect(ended).toMatchObject({ stdout: 'r0\n0\n', stderr: '' });
    } finally {
      await server.stop();
    }
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) => {
    const script = `
      berth() { "$NODE" "$PROGRAM" "$@"; }
      source <(berth completion bash)
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _berth; echo "\${COMPREPLY[*]}"`;
    const env = { NODE: process.execPath, PROGRAM };
    return (await run('bash', ['-c', script, 'bash', ...words], env)).stdout.trim().split(' ');
  };

  test('in bash offers commands, words below them, options and choices', async () => {
    expect(await complete('berth', 'reg')).toEqual(['registries']);
    expect(await complete('berth', 'tags', '')).toEqual(['list', 'get', 'set', 'delete']);
    expect(await complete('berth', 'tags', 'delete', 'acme/web:1', '--y')).toEqual(['--yes']);
    expect(await complete('berth', 'robots', 'create', '--role', 'dev')).toEqual(['developer']);
  });

  test('for zsh is a script that registers itself', async () => {
    const { stdout } = await run(process.execPath, [PROGRAM, 'completion', 'zsh']);
    expect(stdout).toMatch(/^#compdef berth\n/);
    expect(stdout).toContain('SHELL=zsh berth --get-yargs-completions');
  });
});
