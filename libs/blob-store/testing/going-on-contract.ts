import { expect, test } from '@jest/globals';
import type { Subject } from './blob-store-contract.ts';
import { piecesOf, sampleBytes, summaryOf, summaryOfBytes } from './sample-bytes.ts';
import { storeBlob, storePartly, throughJson } from './store-blob.ts';

const MIB = 1024 * 1024;
const KEY = 'blobs/ab/ab01';

/** Crashes, other copies, and what they leave. */
export function describeGoingOn(subject: Subject): void {
  test.each([
    { first: 10, second: 20 },
    { first: MIB, second: 6 * MIB },
    { first: 6 * MIB, second: 7 * MIB },
    { first: 6 * MIB, second: 16 * MIB + 1 },
  ])(
    'what was flushed at $first is there when a flush at $second was never told of',
    async ({ first, second }) => {
      const { store, reopen } = subject();
      const bytes = sampleBytes(second);
      const told = await storePartly(store, KEY, bytes.subarray(0, first));
      const writer = await store.resume(KEY, first, told);
      await writer.append(bytes.subarray(first));
      await writer.flush();
      // Dies here: neither closed nor recorded.

      const other = await reopen();
      const more = Buffer.concat([bytes.subarray(0, first), sampleBytes(2 * MIB, 77)]);
      const again = await other.resume(KEY, first, told);
      await again.append(more.subarray(first));
      const state = throughJson(await again.flush());
      await again.close();
      await other.complete(KEY, state);
      expect(await summaryOf(await other.read(KEY))).toEqual(summaryOfBytes(more));
      await writer.close();
      expect(await summaryOf(await other.read(KEY))).toEqual(summaryOfBytes(more));
      await other.close();
    },
  );

  test.each([{ sizeBytes: 0 }, { sizeBytes: 10 }, { sizeBytes: 6 * MIB + 5 }])(
    '$sizeBytes flushed bytes that were read in part can still be completed',
    async ({ sizeBytes }) => {
      const { store } = subject();
      const bytes = sampleBytes(sizeBytes);
      const state = await storePartly(store, KEY, bytes);
      for (let time = 0; time < 2; time += 1) {
        expect(await summaryOf(await store.readPartial(KEY, sizeBytes, state))).toEqual(
          summaryOfBytes(bytes),
        );
      }
      await store.complete(KEY, state);
      expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
    },
  );

  test.each([{ sizeBytes: 10 }, { sizeBytes: 33 * MIB + 7 }])(
    'another copy takes over $sizeBytes bytes, or has to read them, and goes on in a key of its own',
    async ({ sizeBytes }) => {
      const { store, reopen } = subject();
      const bytes = sampleBytes(sizeBytes + 7 * MIB);
      const flushed = bytes.subarray(0, sizeBytes);
      const state = await storePartly(store, KEY, flushed);
      const other = await reopen();
      const taken = throughJson(await other.takeOver(`${KEY}.1`, { key: KEY, sizeBytes, state }));
      if (taken === null) {
        expect(await summaryOf(await other.readPartial(KEY, sizeBytes, state))).toEqual(
          summaryOfBytes(flushed),
        );
      } else {
        const writer = await other.resume(`${KEY}.1`, sizeBytes, taken);
        for (const piece of piecesOf(bytes.subarray(sizeBytes), MIB)) await writer.append(piece);
        const end = throughJson(await writer.flush());
        await writer.close();
        await store.remove(KEY, state);
        await store.complete(`${KEY}.1`, end);
        expect(await summaryOf(await other.read(`${KEY}.1`))).toEqual(summaryOfBytes(bytes));
      }
      await other.close();
    },
  );

  test('a state tells a little, however much was flushed', async () => {
    const { store } = subject();
    const state = await storePartly(store, KEY, sampleBytes(41 * MIB));
    expect(JSON.stringify(state).length).toBeLessThan(500);
    await store.remove(KEY, state);
  });

  test('what dead writers left can be discarded, and what is completed does not need it', async () => {
    const { store, reopen } = subject();
    const bytes = sampleBytes(6 * MIB);
    await storeBlob(store, KEY, bytes);
    await storePartly(store, 'blobs/ab/open', sampleBytes(11 * MIB));
    await storePartly(store, 'blobs/ab/small', sampleBytes(11));
    const other = await reopen();
    const past = new Date(Date.now() - 600_000);
    for await (const { key } of other.listUnfinished({ startedBefore: past })) {
      throw new Error(`${key} is not that old`);
    }
    const future = new Date(Date.now() + 600_000);
    for await (const unfinished of other.listUnfinished({ startedBefore: future })) {
      expect(unfinished.key).toBe('blobs/ab/open');
      await other.discardUnfinished(unfinished);
      await other.discardUnfinished(unfinished);
    }
    for await (const { key } of other.listUnfinished({ startedBefore: future })) {
      throw new Error(`${key} is left`);
    }
    expect(await summaryOf(await other.read(KEY))).toEqual(summaryOfBytes(bytes));
    expect(await other.stat('blobs/ab/small')).toEqual({ sizeBytes: 11 });
    await other.close();
  });

  test('a key that is only in parts is listed, and removed with all that belongs to it', async () => {
    const { store } = subject();
    await storePartly(store, KEY, sampleBytes(11 * MIB));
    const keys: string[] = [];
    for await (const { key } of store.list()) keys.push(key);
    expect(keys).toEqual([KEY]);
    await store.remove(KEY);
    for await (const { key } of store.list()) throw new Error(`${key} is left`);
  });
}
