import { describe, expect, test } from '@jest/globals';
import { COUNTS, type OpenEmptyStore, onStore } from './contract-fixture.ts';

/** Documents that are counted up. */
export function counterContract(open: OpenEmptyStore): void {
  describe('a counter document', () => {
    test(
      'is made when missing, added to, and raised to maxima',
      onStore(open, async (store) => {
        const counts = store.collection(COUNTS);
        await counts.increment('c', { views: 1, sales: -2 }, { lastAt: '2026-01-02', highest: 5 });
        const first = await counts.get('c');
        expect(first).toMatchObject({ id: 'c', views: 1, sales: -2, lastAt: '2026-01-02', highest: 5 });
        await counts.increment('c', { views: 2 }, { lastAt: '2026-01-01', highest: 7 });
        const second = await counts.get('c');
        expect(second).toMatchObject({ views: 3, sales: -2, lastAt: '2026-01-02', highest: 7 });
        expect(second?.version).toBeGreaterThan(first?.version ?? 0);
        await counts.increment('c', {}, { lastAt: '2026-01-03' });
        expect(await counts.get('c')).toMatchObject({ views: 3, lastAt: '2026-01-03' });
      }),
    );

    test(
      'compares strings in binary order',
      onStore(open, async (store) => {
        const counts = store.collection(COUNTS);
        for (const lastAt of ['\uffff', '\u{10000}', 'z']) {
          await counts.increment('c', {}, { lastAt });
        }
        expect(await counts.get('c')).toMatchObject({ lastAt: '\u{10000}' });
      }),
    );

    test(
      'counts each of 200 concurrent increments, and is found by its index',
      onStore(open, async (store) => {
        const counts = store.collection(COUNTS);
        await Promise.all(
          Array.from({ length: 200 }, (_, index) =>
            counts.increment(`c${index % 2}`, { views: 1 + (index % 2) }),
          ),
        );
        expect(await counts.getMany(['c0', 'c1'])).toMatchObject([{ views: 100 }, { views: 200 }]);
        const found = await counts.page({
          index: 'byViews',
          range: { gte: 100 },
          descending: true,
          limit: 5,
        });
        expect(found.items.map(({ id }) => id)).toEqual(['c1', 'c0']);
      }),
    );

    test(
      'may stand many times in one writeMany, among others that are new, old or removed',
      onStore(open, async (store) => {
        const counts = store.collection(COUNTS);
        await counts.increment('old', { views: 10 });
        await counts.increment('gone', { views: 10 });
        await counts.remove((await counts.get('gone')) ?? ({} as never));
        const ids = ['new', 'old', 'gone', 'new', 'gone', 'other'];
        await store.writeMany(ids.map((id) => counts.write.increment(id, { views: 1 }, { lastAt: id })));
        const views = (await counts.getMany(['new', 'old', 'gone', 'other'])).map((count) => count?.views);
        expect(views).toEqual([2, 11, 2, 1]);
      }),
    );

    test(
      'takes only what its schema declares',
      onStore(open, async (store) => {
        const counts = store.collection(COUNTS);
        const invalid = { code: 'BODY_INVALID' };
        await expect(counts.increment('c', { unknown: 1 })).rejects.toMatchObject(invalid);
        await expect(counts.increment('c', { lastAt: 1 })).rejects.toMatchObject(invalid);
        await expect(counts.increment('c', { views: Number.NaN })).rejects.toMatchObject(invalid);
        await expect(counts.increment('c', {}, { highest: 'x' })).rejects.toMatchObject(invalid);
        expect(await counts.get('c')).toBeNull();
      }),
    );

    test(
      'can be replaced and removed like any other; an increment from before is then a conflict for neither',
      onStore(open, async (store) => {
        const counts = store.collection(COUNTS);
        await counts.increment('c', { views: 5 });
        const read = await counts.get('c');
        await counts.increment('c', { views: 1 });
        await expect(counts.replace(read ?? ({} as never))).rejects.toMatchObject({
          code: 'VERSION_CONFLICT',
        });
        const current = await counts.get('c');
        const replaced = await counts.replace({ ...(current ?? ({} as never)), views: 0, sales: 9 });
        await counts.increment('c', { views: 1 });
        await expect(counts.remove(replaced)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
        const last = await counts.get('c');
        expect(last).toMatchObject({ views: 1, sales: 9 });
        await counts.remove(last ?? ({} as never));
        expect(await counts.get('c')).toBeNull();
        await counts.increment('c', { views: 2 });
        const again = await counts.get('c');
        expect(again).toEqual({ id: 'c', version: expect.any(Number), views: 2 });
        expect(again?.version).toBeGreaterThan(last?.version ?? 0);
      }),
    );
  });
}
