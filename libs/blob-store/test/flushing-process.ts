import { openBlobStore } from '../index.ts';
import { sampleBytes } from '../testing/sample-bytes.ts';

/** Appends and flushes until it is killed; a JSON line for each acknowledged flush, and bytes behind it that are not. */
const [, , url = '', key = ''] = process.argv;
const store = await openBlobStore({ url });
let writer = await store.create(key);
for (let round = 1; ; round += 1) {
  await writer.append(sampleBytes(round * 10_007, round % 250));
  const state = await writer.flush();
  const { sizeBytes } = writer;
  process.stdout.write(`${JSON.stringify({ round, sizeBytes, state })}\n`);
  await writer.append(sampleBytes(1_200_000, 251));
  await writer.close();
  writer = await store.resume(key, sizeBytes, state);
}
