import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const SAMPLE = join(import.meta.dirname, 'fixtures', 'sample-service.ts');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the sample service; `onStarted` is called when it says so. */
function run(
  env: Record<string, string>,
  onStarted: (child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [SAMPLE], { env: { PATH: process.env.PATH, ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    const before = out;
    out += data;
    if (!before.includes('started') && out.includes('started')) onStarted(child);
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

describe('runService', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('closes in order on %s and exits with 0', async (signal) => {
    const { code, out } = await run({}, (child) => child.kill(signal));
    expect({ code, out }).toEqual({ code: 0, out: 'started\nclosed\n' });
  });

  test('ends with its parent when told to', async () => {
    const { code, out } = await run({ BERTH_EXIT_WITH_PARENT: '1' }, (child) => child.stdin?.end());
    expect({ code, out }).toEqual({ code: 0, out: 'started\nclosed\n' });
  });

  test('reports a failed start in one line, closes what was opened, exits with 1', async () => {
    const { code, out, err } = await run({ MODE: 'refuse', BERTH_LOG_LEVEL: 'error' });
    expect({ code, out, err }).toEqual({
      code: 1,
      out: 'closed\n',
      err: 'sample: cannot start: port 5000 is in use\n',
    });
  });

  test('reports wrong settings and exits with 1', async () => {
    const { code, err } = await run({ MODE: 'odd', BERTH_LOG_LEVEL: 'error' });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'sample: wrong settings:\n  MODE: "odd" must be one of good, refuse, defect, stuck\n',
    });
  });

  test('logs an error that nobody caught and ends', async () => {
    const { code, err } = await run({ MODE: 'defect' });
    expect(code).toBe(1);
    expect(err).toContain('nobody caught this');
  });

  test('a second signal ends a shutdown that hangs', async () => {
    const { code } = await run({ MODE: 'stuck' }, (child) => {
      child.stdout?.on('data', () => child.kill('SIGTERM'));
      child.kill('SIGTERM');
    });
    expect(code).toBe(1);
  });
});
