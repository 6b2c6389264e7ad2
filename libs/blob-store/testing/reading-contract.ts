import { expect, test } from '@jest/globals';
import type { Subject } from './blob-store-contract.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from './sample-bytes.ts';
import { storeBlob, storePartly } from './store-blob.ts';

const KEY = 'blobs/cd/cd01';
const SIZE = 2_000_003;

export function describeReading(subject: Subject): void {
  test.each([
    { start: 0, end: 0 },
    { start: 0, end: SIZE - 1 },
    { start: 5, end: 9 },
    { start: 262_143, end: 262_145 },
    { start: 1_000_000, end: SIZE - 2 },
    { start: SIZE - 1, end: SIZE - 1 },
    { start: SIZE - 3, end: SIZE + 1000 },
  ])('bytes $start to $end, both included', async ({ start, end }) => {
    const { store } = subject();
    const bytes = sampleBytes(SIZE);
    await storeBlob(store, KEY, bytes);
    expect(await summaryOf(await store.read(KEY, { start, end }))).toEqual(
      summaryOfBytes(bytes.subarray(start, end + 1)),
    );
  });

  test.each([
    { start: 10, end: 10 },
    { start: 3, end: 2 },
    { start: -1, end: 3 },
    { start: 0.5, end: 3 },
    { start: 0, end: Number.NaN },
    { start: 0, end: Number.POSITIVE_INFINITY },
  ])('a range $start to $end of ten bytes is refused', async (range) => {
    const { store } = subject();
    await storeBlob(store, KEY, sampleBytes(10));
    await expect(store.read(KEY, range)).rejects.toMatchObject({
      code: 'RANGE_INVALID',
      message: expect.stringContaining(KEY),
    });
  });

  test('an empty blob reads as nothing and has no range', async () => {
    const { store } = subject();
    await storeBlob(store, KEY, Buffer.alloc(0));
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(Buffer.alloc(0)));
    await expect(store.read(KEY, { start: 0, end: 0 })).rejects.toMatchObject({ code: 'RANGE_INVALID' });
  });

  test.each([0, 1, 1_000, 32 * 1024, 32 * 1024 + 1])(
    '%i bytes are few: none or all of them',
    async (size) => {
      const { store, reopen } = subject();
      const bytes = sampleBytes(size);
      await storeBlob(store, KEY, bytes);
      const other = await reopen();
      for (const reader of [store, other, other]) {
        const small = await reader.readSmall(KEY, size);
        if (small !== null) expect(bytes.equals(small)).toBe(true);
        if (size === 0 || size > 32 * 1024) expect(small).toBeNull();
      }
      await other.close();
    },
  );

  test('few bytes that are gone are unknown, those of another size a wrong state', async () => {
    const { store, reopen } = subject();
    await storeBlob(store, KEY, sampleBytes(1_000));
    for (const reader of [store, await reopen()]) {
      const other = await outcomeOf(async () => await reader.readSmall(KEY, 999));
      expect([null, 'STATE_INVALID']).toContain(other);
      if (reader !== store) await reader.close();
    }
    await store.remove(KEY);
    const reader = await reopen();
    for (const one of [store, reader])
      expect([null, 'KEY_UNKNOWN']).toContain(await outcomeOf(async () => await one.readSmall(KEY, 1_000)));
    await reader.close();
  });

  test('the flushed bytes of a key that is being written can be read, and no more', async () => {
    const { store } = subject();
    const bytes = sampleBytes(6_000_001);
    const writer = await store.create(KEY);
    await writer.append(bytes);
    const state = await writer.flush();
    await writer.append(sampleBytes(2_000_000, 5));
    await writer.close();
    expect(await summaryOf(await store.readPartial(KEY, bytes.length, state))).toEqual(summaryOfBytes(bytes));
  });

  test('the flushed bytes of a key can be copied to another key, and both removed', async () => {
    const { store, reopen } = subject();
    const bytes = sampleBytes(3_000_000);
    const state = await storePartly(store, KEY, bytes);
    const other = await reopen();
    const copy = await other.create(`${KEY}.1`);
    for await (const chunk of await other.readPartial(KEY, bytes.length, state)) {
      await copy.append(chunk);
    }
    await copy.append(Buffer.from('more'));
    const copyState = await copy.flush();
    await copy.close();
    await other.complete(`${KEY}.1`, copyState);
    await other.remove(KEY, state);
    expect(await summaryOf(await store.read(`${KEY}.1`))).toEqual(
      summaryOfBytes(Buffer.concat([bytes, Buffer.from('more')])),
    );
    await other.close();
  });

  test('a reader that stops early leaves the store in order', async () => {
    const { store } = subject();
    const bytes = sampleBytes(3_000_000);
    await storeBlob(store, KEY, bytes);
    const stopped = await store.read(KEY);
    for await (const chunk of stopped) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(stopped.destroyed).toBe(true);
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
  });

  test('readers at once each get the whole', async () => {
    const { store } = subject();
    const bytes = sampleBytes(1_500_000);
    await storeBlob(store, KEY, bytes);
    const read = await Promise.all(Array.from({ length: 8 }, async () => summaryOf(await store.read(KEY))));
    expect(read).toEqual(Array.from({ length: 8 }, () => summaryOfBytes(bytes)));
  });

  test('a missing key is unknown to all but remove', async () => {
    const { store } = subject();
    const elsewhere = await storePartly(store, KEY, sampleBytes(10));
    const missing = 'blobs/cd/cd02';
    const unknown = { code: 'KEY_UNKNOWN', message: expect.stringContaining(missing) };
    await expect(store.read(missing)).rejects.toMatchObject(unknown);
    await expect(store.read(missing, { start: 0, end: 1 })).rejects.toMatchObject(unknown);
    await expect(store.stat(missing)).rejects.toMatchObject(unknown);
    await expect(store.stat('not/there/at/all')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(store.resume(missing, 10, elsewhere)).rejects.toMatchObject(unknown);
    await expect(store.complete(missing, elsewhere)).rejects.toMatchObject(unknown);
    await expect(store.readPartial(missing, 10, elsewhere)).rejects.toMatchObject(unknown);
    await expect(store.remove(missing)).resolves.toBeUndefined();
    await expect(store.remove('not/there/at/all')).resolves.toBeUndefined();
  });
}

/** What it gives, or the code of its error. */
async function outcomeOf(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
