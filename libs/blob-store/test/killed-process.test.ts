import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { openTemporaryBlobStore } from '../testing/index.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from '../testing/sample-bytes.ts';

const PROGRAM = path.join(import.meta.dirname, 'flushing-process.ts');

test.each([1, 7, 30])(
  'what flush number %i acknowledged is there after kill -9, and can be gone on with',
  async (kills) => {
    const { store, url, dispose } = await openTemporaryBlobStore();
    const key = 'blobs/ab/x';
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, url, key], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    let last = { round: 0, sizeBytes: 0, state: null as unknown };
    lines.on('line', (line) => {
      last = JSON.parse(line);
      if (last.round === kills) {
        child.kill('SIGKILL');
      }
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);

    expect(last.round).toBeGreaterThanOrEqual(kills);
    const acknowledged = Buffer.concat(
      Array.from({ length: last.round }, (_, index) => sampleBytes((index + 1) * 10_007, (index + 1) % 250)),
    );
    expect(last.sizeBytes).toBe(acknowledged.length);
    expect(await summaryOf(await store.readPartial(key, last.sizeBytes, last.state))).toEqual(
      summaryOfBytes(acknowledged),
    );
    const writer = await store.resume(key, last.sizeBytes, last.state);
    await writer.append(Buffer.from('end'));
    await store.complete(key, await writer.flush());
    await writer.close();
    expect(await summaryOf(await store.read(key))).toEqual(
      summaryOfBytes(Buffer.concat([acknowledged, Buffer.from('end')])),
    );
    await dispose();
  },
);
