import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { hasS3, startS3, type TestS3 } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openTemporaryS3Store } from '../testing/index.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from '../testing/sample-bytes.ts';

const MIB = 1024 * 1024;
const KEY = 'blobs/ab/x';

function start(program: string, ...args: string[]) {
  const file = path.join(import.meta.dirname, program);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    env: process.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, lines: createInterface({ input: child.stdout }) };
}

(hasS3() ? describe : describe.skip)('a process that writes to S3', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
    Object.assign(process.env, s3.credentials);
  });
  afterAll(() => s3?.stop());

  test.each([1, 7, 40])(
    'that is killed after flush number %i left all that it was told of, and another goes on',
    async (kills) => {
      const { store, url, dispose } = await openTemporaryS3Store(s3);
      const { child, lines } = start('flushing-process.ts', url, KEY);
      let last = { round: 0, sizeBytes: 0, state: null as unknown };
      lines.on('line', (line) => {
        last = JSON.parse(line);
        if (last.round === kills) child.kill('SIGKILL');
      });
      await Promise.all([once(child, 'exit'), once(lines, 'close')]);

      expect(last.round).toBeGreaterThanOrEqual(kills);
      const told = Buffer.concat(
        Array.from({ length: last.round }, (_, index) =>
          sampleBytes((index + 1) * 10_007, (index + 1) % 250),
        ),
      );
      expect(last.sizeBytes).toBe(told.length);
      const writer = await store.resume(KEY, last.sizeBytes, last.state);
      await writer.append(Buffer.from('end'));
      const state = await writer.flush();
      await writer.close();
      await store.complete(KEY, state);
      expect(await summaryOf(await store.read(KEY))).toEqual(
        summaryOfBytes(Buffer.concat([told, Buffer.from('end')])),
      );
      await store.close();
      await dispose();
    },
  );

  test('needs the same memory for 300 MiB as for 60', async () => {
    const { store, url, dispose } = await openTemporaryS3Store(s3);
    const peaks: number[] = [];
    for (const sizeMib of [60, 300]) {
      const { child, lines } = start('uploading-process.ts', url, `${KEY}.${sizeMib}`, String(sizeMib));
      const [line] = (await once(lines, 'line')) as [string];
      await once(child, 'exit');
      peaks.push((JSON.parse(line) as { peakBytes: number }).peakBytes);
      expect(await store.stat(`${KEY}.${sizeMib}`)).toEqual({ sizeBytes: sizeMib * MIB });
    }
    const [small = 0, large = 0] = peaks;
    // The parts on their way and the one being filled: 25 MiB; the rest is what the SDK and the runtime take.
    expect(large - small).toBeLessThan(25 * MIB);
    expect(large).toBeLessThan(220 * MIB);
    await store.close();
    await dispose();
  });
});
