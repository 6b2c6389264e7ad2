import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger, LogFile, type LogLevel } from '../index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logger-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(
  options: { level?: LogLevel; file?: string },
  write: (log: ReturnType<typeof createLogger>) => void,
): Promise<string[]> {
  const terminal = new PassThrough();
  const log = createLogger({ service: 'metadata', level: 'info', terminal, ...options });
  write(log);
  await log.close();
  const text = String(terminal.read() ?? '');
  return text.split('\n').filter((line) => line !== '');
}

describe('createLogger', () => {
  test('writes a JSON line with the bound and the given fields', async () => {
    const [line] = await linesOf({}, (log) =>
      log.child({ requestId: 'r1' }).info('manifest stored', { digest: 'sha256:ab', sizeBytes: 7n }),
    );
    expect(JSON.parse(line ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      service: 'metadata',
      message: 'manifest stored',
      requestId: 'r1',
      digest: 'sha256:ab',
      sizeBytes: '7',
    });
  });

  test('hides secrets by key, at any depth, and inside texts', async () => {
    const [line = ''] = await linesOf({}, (log) =>
      log.warn('refused', {
        authorization: 'Basic hunter2',
        headers: { 'Set-Cookie': ['hunter2'], 'x-a': 'Bearer hunter2hunter2hunter2' },
        list: [{ newPassword: 'hunter2', clientSecret: 12345, refresh_token: 'hunter2' }],
        hasSecret: true,
        url: 'https://joe:hunter2@example.com/x?a=1&X-Amz-Signature=hunter2',
        error: new Error('cannot reach nats://joe:hunter2@host'),
      }),
    );
    expect(line).not.toMatch(/hunter2|12345/);
    expect(JSON.parse(line)).toMatchObject({ hasSecret: true, authorization: '[redacted]' });
  });

  test('spells out an error with its cause', async () => {
    const [line = ''] = await linesOf({}, (log) =>
      log.error('failed', { error: new Error('outer', { cause: new TypeError('inner') }) }),
    );
    expect(JSON.parse(line).error).toMatchObject({ message: 'outer', cause: { name: 'TypeError' } });
  });

  test('says nothing below its level and does not even look at the fields', async () => {
    const untouchable = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('looked at');
      },
    });
    const lines = await linesOf({ level: 'info' }, (log) => {
      expect(log.isDebug).toBe(false);
      log.debug('not written', untouchable);
    });
    expect(lines).toEqual([]);
  });

  test('survives fields that cannot be shown', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const lines = await linesOf({}, (log) => {
      log.info('broken', Object.defineProperty({}, 'x', { enumerable: true, get: () => JSON.parse('{') }));
      log.info('circular', { circle, when: new Date(Number.NaN) });
    });
    expect(lines).toHaveLength(1);
  });

  test('with a file, all goes there and only warnings to the terminal, as text', async () => {
    const file = join(folder, 'missing', 'logs', 'metadata.log');
    const lines = await linesOf({ file }, (log) => {
      log.info('quiet');
      log.warn('loud', { disk: 'full' });
    });
    const written = (await readFile(file, 'utf8')).trim().split('\n');
    expect(written.map((line) => JSON.parse(line).message)).toEqual(['quiet', 'loud']);
    expect(lines).toEqual([expect.stringMatching(/warn metadata: loud \{"disk":"full"\}$/)]);
  });

  test('goes on when the file can never be written, and says so once', async () => {
    await writeFile(join(folder, 'plain'), '');
    const lines = await linesOf({ file: join(folder, 'plain', 'x.log') }, (log) => {
      for (let count = 0; count < 50; count++) log.info('lost');
    });
    expect(lines).toEqual([expect.stringMatching(/cannot be written, lines are lost: .*(EEXIST|ENOTDIR)/)]);
  });

  test('goes on when the disk is full', async () => {
    const lines = await linesOf({ file: '/dev/full' }, (log) => log.info('lost'));
    expect(lines).toEqual([expect.stringMatching(/cannot be written.*ENOSPC/)]);
  });
});

describe('LogFile', () => {
  test('writes again when the trouble is over, and says how much was lost', async () => {
    const path = join(folder, 'later', 'x.log');
    await writeFile(join(folder, 'later'), 'in the way');
    let now = 0;
    const told: string[] = [];
    const file = new LogFile(path, { clock: () => now, retryMs: 10, onTrouble: (text) => told.push(text) });
    for (const line of ['one\n', 'two\n']) {
      file.write(line);
      await file.flush();
    }
    await rm(join(folder, 'later'));
    await mkdir(join(folder, 'later'));
    now = 11;
    file.write('three\n');
    await file.flush();
    file.end();
    expect(await readFile(path, 'utf8')).toBe('three\n');
    expect(told[1]).toMatch(/written again; 2 lines were lost/);
  });

  test('keeps a bounded number of full files', async () => {
    const path = join(folder, 'rotated.log');
    const file = new LogFile(path, { maxBytes: 3, keep: 2 });
    for (const line of ['1111', '2222', '3333', '4']) {
      file.write(line);
      await file.flush();
    }
    file.end();
    expect(await readFile(path, 'utf8')).toBe('4');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('3333');
    expect(await readFile(`${path}.2`, 'utf8')).toBe('2222');
    await expect(readFile(`${path}.3`, 'utf8')).rejects.toThrow('ENOENT');
  });

  test('drops what waits above its limit instead of growing', async () => {
    const path = join(folder, 'bounded.log');
    const file = new LogFile(path, { maxPendingBytes: 10 });
    for (let count = 0; count < 100; count++) file.write('12345');
    await file.flush();
    file.end();
    expect((await readFile(path, 'utf8')).length).toBe(10);
  });
});
