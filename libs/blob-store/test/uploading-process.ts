import { readFileSync } from 'node:fs';
import { openBlobStore } from '../index.ts';
import { sampleBytes } from '../testing/sample-bytes.ts';

/** Stores a blob of so many MiB in chunks of 64 KiB, and says how much memory this process had at most. */
const [, , url = '', key = '', sizeMib = '0'] = process.argv;
const store = await openBlobStore({ url });
const writer = await store.create(key);
const chunk = sampleBytes(64 * 1024);
for (let count = 0; count < Number(sizeMib) * 16; count += 1) {
  chunk.writeUInt32BE(count);
  await writer.append(chunk);
}
const state = await writer.flush();
await writer.close();
await store.complete(key, state);
await store.close();
// Of this program alone: `maxRSS` is that of the process that started it, where that had more.
const peakKib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(`${JSON.stringify({ peakBytes: Number(peakKib) * 1024 })}\n`);
