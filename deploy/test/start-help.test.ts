import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@berth/testing';
import { expect, test } from '@jest/globals';
import { EmbeddedSettings } from '../embedded/settings.ts';

const bootstrap = join(import.meta.dirname, '../embedded/bootstrap.mjs');

/** What `npm start -- <args>` says, and what it leaves in the folder that it runs in. A start would go on: it is ended then. */
async function start(...args: string[]) {
  const cwd = await temporaryFolder();
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; stdout: string; stderr: string }>();
  execFile(
    process.execPath,
    [bootstrap, 'start', ...args],
    { cwd, timeout: 60_000 },
    (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
  );
  return { ...(await promise), left: await readdir(cwd) };
}

test.each(['--help', '-h'])(
  '%s prints every setting with its default and where more are, and starts nothing',
  async (arg) => {
    const { stdout, ...rest } = await start(arg);
    expect(rest).toEqual({ code: 0, stderr: '', left: [] });
    for (const [name, { default: value = '' }] of Object.entries(EmbeddedSettings.properties))
      expect(stdout).toMatch(new RegExp(`\\b${name}${value === '' ? '\\b' : `=${value} `}`));
    expect(stdout).toContain('deploy/README.md and docs/OPERATING.md');
  },
);

test.each(['--port', 'berth', '--helpme'])(
  'the argument %s is refused, and nothing is started',
  async (arg) => {
    expect(await start(arg, '5001')).toEqual({
      ...{ code: 1, stdout: '', left: [] },
      stderr: `berth: unknown argument "${arg}": settings are environment variables, which "npm start -- --help" lists\n`,
    });
  },
);
