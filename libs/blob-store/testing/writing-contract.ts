import { expect, test } from '@jest/globals';
import type { Subject } from './blob-store-contract.ts';
import { piecesOf, sampleBytes, summaryOf, summaryOfBytes } from './sample-bytes.ts';
import { storeBlob, storePartly, throughJson } from './store-blob.ts';

const MIB = 1024 * 1024;
const KEY = 'blobs/ab/ab01';

export function describeWriting(subject: Subject): void {
  test.each([
    { sizeBytes: 0, pieceBytes: 1 },
    { sizeBytes: 1, pieceBytes: 1 },
    { sizeBytes: 20_000, pieceBytes: 3 },
    { sizeBytes: MIB - 1, pieceBytes: 64 * 1024 },
    { sizeBytes: MIB, pieceBytes: MIB },
    { sizeBytes: 5 * MIB, pieceBytes: 64 * 1024 },
    { sizeBytes: 11 * MIB + 3, pieceBytes: 3 * MIB + 1 },
  ])(
    '$sizeBytes bytes in pieces of $pieceBytes read back as they were',
    async ({ sizeBytes, pieceBytes }) => {
      const { store, reopen } = subject();
      const bytes = sampleBytes(sizeBytes);
      const writer = await store.create(KEY);
      for (const piece of piecesOf(bytes, pieceBytes)) {
        await writer.append(piece);
      }
      expect(writer.sizeBytes).toBe(sizeBytes);
      const state = throughJson(await writer.flush());
      await writer.close();
      await store.complete(KEY, state);

      expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
      const other = await reopen();
      expect(await other.stat(KEY)).toEqual({ sizeBytes });
      expect(await summaryOf(await other.read(KEY))).toEqual(summaryOfBytes(bytes));
      await other.close();
    },
  );

  test('a key that is there, complete or not, is not created again', async () => {
    const { store } = subject();
    const state = await storePartly(store, KEY, sampleBytes(10));
    await expect(store.create(KEY)).rejects.toMatchObject({ code: 'KEY_EXISTS' });
    await store.complete(KEY, state);
    await expect(store.create(KEY)).rejects.toMatchObject({
      code: 'KEY_EXISTS',
      message: expect.stringContaining(KEY),
    });
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(sampleBytes(10)));
  });

  test.each([{ flushedBytes: 0 }, { flushedBytes: 1 }, { flushedBytes: MIB }, { flushedBytes: 6 * MIB + 1 }])(
    'another copy goes on after a flush at $flushedBytes and cuts what came behind it',
    async ({ flushedBytes }) => {
      const { store, reopen } = subject();
      const bytes = sampleBytes(flushedBytes + 2 * MIB);
      const writer = await store.create(KEY);
      for (const piece of piecesOf(bytes.subarray(0, flushedBytes), 64 * 1024)) {
        await writer.append(piece);
      }
      const state = throughJson(await writer.flush());
      await writer.append(sampleBytes(3 * MIB, 99));
      await writer.close();

      const other = await reopen();
      const second = await other.resume(KEY, flushedBytes, state);
      expect(second.sizeBytes).toBe(flushedBytes);
      for (const piece of piecesOf(bytes.subarray(flushedBytes), 64 * 1024)) {
        await second.append(piece);
      }
      expect(second.sizeBytes).toBe(bytes.length);
      await other.complete(KEY, throughJson(await second.flush()));
      await second.close();
      expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
      await other.close();
    },
  );

  test('an upload in many small flushes, each by a new writer, stays whole', async () => {
    const { store } = subject();
    const bytes = sampleBytes(10_000);
    let state = await storePartly(store, KEY, bytes.subarray(0, 1000));
    for (let offset = 1000; offset < bytes.length; offset += 1000) {
      const writer = await store.resume(KEY, offset, state);
      await writer.append(bytes.subarray(offset, offset + 1000));
      state = throughJson(await writer.flush());
      await writer.close();
    }
    await store.complete(KEY, state);
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
  });

  test('a writer goes on after a flush', async () => {
    const { store } = subject();
    const bytes = sampleBytes(7 * MIB);
    const writer = await store.create(KEY);
    await writer.append(bytes.subarray(0, 10));
    await writer.flush();
    await writer.append(bytes.subarray(10, 6 * MIB));
    await writer.flush();
    await writer.append(bytes.subarray(6 * MIB));
    const state = await writer.flush();
    expect(throughJson(await writer.flush())).toEqual(throughJson(state));
    await writer.close();
    await store.complete(KEY, state);
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
  });

  test('completing keeps what was flushed and nothing behind it, and may be repeated', async () => {
    const { store, reopen } = subject();
    const bytes = sampleBytes(4000);
    const writer = await store.create(KEY);
    await writer.append(bytes);
    const state = throughJson(await writer.flush());
    await writer.append(sampleBytes(2 * MIB, 7));
    await writer.close();
    await store.complete(KEY, state);
    await store.complete(KEY, state);
    const other = await reopen();
    await other.complete(KEY, state);
    expect(await summaryOf(await other.read(KEY))).toEqual(summaryOfBytes(bytes));
    await other.close();
  });

  test.each([
    { what: 'of another size', sizeBytes: 9, stateOf: (state: unknown) => state },
    { what: 'that is missing', sizeBytes: 10, stateOf: () => null },
    { what: 'that is a text', sizeBytes: 10, stateOf: () => 'state' },
    { what: 'that is empty', sizeBytes: 10, stateOf: () => ({}) },
    { what: 'with a negative size', sizeBytes: -1, stateOf: () => ({ sizeBytes: -1 }) },
  ])('a state $what is refused and changes nothing', async ({ sizeBytes, stateOf }) => {
    const { store } = subject();
    const state = await storePartly(store, KEY, sampleBytes(10));
    const refused = { code: 'STATE_INVALID', message: expect.stringContaining(KEY) };
    await expect(store.resume(KEY, sizeBytes, stateOf(state))).rejects.toMatchObject(refused);
    await expect(store.readPartial(KEY, sizeBytes, stateOf(state))).rejects.toMatchObject(refused);
    await store.complete(KEY, state);
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(sampleBytes(10)));
  });

  test('many writers at once do not mix their bytes', async () => {
    const { store } = subject();
    const blobs = Array.from({ length: 12 }, (_, index) => ({
      key: `blobs/${index % 3}0/${index}`,
      bytes: sampleBytes(MIB + index * 1001, index + 1),
    }));
    await Promise.all(blobs.map(({ key, bytes }) => storeBlob(store, key, bytes)));
    for (const { key, bytes } of blobs) {
      expect(await summaryOf(await store.read(key))).toEqual(summaryOfBytes(bytes));
    }
  });

  test('a closed writer takes and flushes nothing; closing again is no error', async () => {
    const { store } = subject();
    const writer = await store.create(KEY);
    await writer.close();
    await writer.close();
    await expect(writer.append(Buffer.from('late'))).rejects.toMatchObject({ code: 'STATE_INVALID' });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'STATE_INVALID' });
  });
}
