import { expect, test } from '@jest/globals';
import type { Subject } from './blob-store-contract.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from './sample-bytes.ts';
import { storeBlob, storePartly } from './store-blob.ts';

const INVALID_KEYS = [
  '',
  '/',
  '/etc/passwd',
  '..',
  '../x',
  'a/../../x',
  'a/./b',
  'a//b',
  'a/',
  '.check',
  'blobs/.hidden',
  'Blobs/ab/x',
  'a b',
  'a_b',
  'a\\..\\b',
  'a\0b',
  'a\n',
  'a%2f..%2fb',
  'blobs/ä',
  'x'.repeat(256),
  `${'x/'.repeat(300)}x`,
];

export function describeKeys(subject: Subject): void {
  test.each(INVALID_KEYS.map((key) => ({ key, shown: JSON.stringify(key.slice(0, 30)) })))(
    '$shown is no key for any operation',
    async ({ key }) => {
      const { store } = subject();
      const refused = { code: 'KEY_INVALID' };
      await expect(store.create(key)).rejects.toMatchObject(refused);
      await expect(store.resume(key, 0, { sizeBytes: 0 })).rejects.toMatchObject({
        code: expect.stringMatching(/^(KEY|STATE)_INVALID$/),
      });
      await expect(store.read(key)).rejects.toMatchObject(refused);
      await expect(store.stat(key)).rejects.toMatchObject(refused);
      await expect(store.remove(key)).rejects.toMatchObject(refused);
      await expect(store.locate(key, { method: 'GET' })).rejects.toMatchObject(refused);
    },
  );

  test('a list names every key with its size, complete or not, and none that was removed', async () => {
    const { store } = subject();
    const startedAt = Date.now();
    const keys = Array.from({ length: 60 }, (_, index) => `blobs/${index % 7}f/${index}`);
    for (const [index, key] of keys.entries()) {
      await storeBlob(store, key, sampleBytes(index));
    }
    await storePartly(store, 'blobs/ab/open', sampleBytes(5));
    await store.remove('blobs/0f/0');

    const listed = new Map<string, { sizeBytes: number; modifiedAt: Date }>();
    for await (const { key, ...rest } of store.list()) {
      expect(listed.has(key)).toBe(false);
      listed.set(key, rest);
    }
    expect([...listed.keys()].sort()).toEqual([...keys.slice(1), 'blobs/ab/open'].sort());
    for (const [index, key] of keys.entries()) {
      expect(listed.get(key)?.sizeBytes).toBe(index === 0 ? undefined : index);
    }
    const ages = [...listed.values()].map(({ modifiedAt }) => Math.abs(modifiedAt.getTime() - startedAt));
    expect(Math.max(...ages)).toBeLessThan(10 * 60_000);
  });

  test('an empty store lists nothing', async () => {
    const { store } = subject();
    for await (const { key } of store.list()) {
      throw new Error(`${key} is listed`);
    }
  });

  test('a list may be left early', async () => {
    const { store } = subject();
    await storeBlob(store, 'blobs/ab/1', sampleBytes(1));
    await storeBlob(store, 'blobs/ab/2', sampleBytes(1));
    for await (const { key } of store.list()) {
      expect(key).toMatch(/^blobs\/ab\/[12]$/);
      break;
    }
  });

  test('a removed key is gone, complete or not, its neighbours stay, and it may be created anew', async () => {
    const { store } = subject();
    const key = 'blobs/ef/ef01';
    await storeBlob(store, key, sampleBytes(100));
    await storeBlob(store, `${key}.1`, sampleBytes(200));
    const open = await storePartly(store, `${key}.2`, sampleBytes(300));
    await store.remove(key);
    await store.remove(key);
    await store.remove(`${key}.2`, open);
    await expect(store.read(key)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(store.resume(`${key}.2`, 300, open)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    expect(await summaryOf(await store.read(`${key}.1`))).toEqual(summaryOfBytes(sampleBytes(200)));
    await storeBlob(store, key, sampleBytes(50, 3));
    expect(await summaryOf(await store.read(key))).toEqual(summaryOfBytes(sampleBytes(50, 3)));
  });

  test('what was begun and never flushed can be removed', async () => {
    const { store } = subject();
    const writer = await store.create('blobs/ef/ef02');
    await writer.append(sampleBytes(100_000));
    await writer.close();
    await store.remove('blobs/ef/ef02');
    for await (const { key } of store.list()) {
      throw new Error(`${key} is left`);
    }
  });

  test('a location names the key or there is none', async () => {
    const { store } = subject();
    await storeBlob(store, 'blobs/ef/ef03', sampleBytes(10));
    for (const method of ['GET', 'HEAD'] as const) {
      const location = await store.locate('blobs/ef/ef03', { method });
      if (location !== null) {
        expect(location.kind === 'accel' ? location.path : location.url).toContain('blobs/ef/ef03');
      }
    }
  });
}
