import { describe, expect, test } from '@jest/globals';
import type { DocumentStore, WriteOptions } from '../port.ts';
import { BOOKS, type OpenEmptyStore, onStore } from './contract-fixture.ts';

const BODY = { shelf: 's', title: 't' };

function event(id: string): WriteOptions {
  return { events: (version) => [{ id, subject: `subject.${id}`, payload: `{"version":${version}}` }] };
}

async function unsentIds(store: DocumentStore, limit = 1_000): Promise<string[]> {
  return (await store.outbox.unsent(limit)).map(({ id }) => id);
}

/** Events: stored with their change or not at all, in order, until they are pruned. */
export function outboxContract(open: OpenEmptyStore): void {
  describe('the outbox', () => {
    test(
      'holds the events of each mutation, made with its version',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', BODY, event('inserted'));
        const two = await books.replace(one, event('replaced'));
        await books.remove(two, event('removed'));
        const events = await store.outbox.unsent(10);
        expect(events.map(({ id, subject }) => [id, subject])).toEqual([
          ['inserted', 'subject.inserted'],
          ['replaced', 'subject.replaced'],
          ['removed', 'subject.removed'],
        ]);
        const versions = events.map(({ payload }) => JSON.parse(payload).version);
        expect(versions.slice(0, 2)).toEqual([one.version, two.version]);
        expect(versions[2]).toBeGreaterThan(two.version);
      }),
    );

    test(
      'holds several events of one mutation in their order',
      onStore(open, async (store) => {
        const events = ['a', 'b', 'c'].map((id) => ({ id, subject: 's', payload: 'ü😀' }));
        await store.collection(BOOKS).insert('one', BODY, { events: () => events });
        expect(await store.outbox.unsent(2)).toMatchObject(events.slice(0, 2));
        expect(await unsentIds(store)).toEqual(['a', 'b', 'c']);
      }),
    );

    test(
      'holds nothing of a mutation that failed',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', BODY);
        await books.replace({ ...one, year: 1 });
        const failing = [
          books.insert('one', BODY, event('a')),
          books.insert('two', BODY, event('b')),
          books.replace(one, event('c')),
          books.remove(one, event('d')),
          books.insert('three', {} as never, event('e')),
        ];
        const outcomes = await Promise.allSettled(failing);
        expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
        expect(await unsentIds(store)).toEqual([]);
      }),
    );

    test(
      'refuses events of a relaxed write',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await expect(books.insert('one', BODY, { ...event('a'), relaxed: true })).rejects.toThrow(/relaxed/);
        expect(await books.get('one')).toBeNull();
      }),
    );

    test(
      'has the events of a document in the order of its versions, whoever wrote them',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await Promise.all(['x', 'y'].map((id) => books.insert(id, { shelf: id, title: 't' })));
        await Promise.all(
          Array.from({ length: 10 }, async (_, writer) => {
            const id = writer % 2 === 0 ? 'x' : 'y';
            for (let done = 0; done < 5; ) {
              const current = await books.get(id);
              const options: WriteOptions = {
                events: (version) => [{ id: `${id}${version}`, subject: id, payload: `${version}` }],
              };
              done += await books.replace(current ?? ({} as never), options).then(
                () => 1,
                () => 0,
              );
            }
          }),
        );
        const events = await store.outbox.unsent(1_000);
        expect(events).toHaveLength(50);
        for (const id of ['x', 'y']) {
          const versions = events
            .filter(({ subject }) => subject === id)
            .map(({ payload }) => Number(payload));
          expect(versions).toEqual([...versions].sort((a, b) => a - b));
          expect(versions.at(-1)).toBe((await books.get(id))?.version);
        }
      }),
    );

    test(
      'forgets what was sent only when it is pruned, and gives it out again on demand',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        for (const id of ['a', 'b', 'c', 'd']) {
          await books.insert(id, { shelf: id, title: 't' }, event(id));
        }
        const { outbox } = store;
        const [a, b, c] = (await outbox.unsent(3)).map(({ sequence }) => sequence);
        await outbox.markSent([a ?? 0], new Date(1_000));
        await outbox.markSent([b ?? 0, c ?? 0], new Date(2_000));
        await outbox.markSent([], new Date(2_000));
        expect(await unsentIds(store)).toEqual(['d']);
        expect(await outbox.resend(new Date(3_000))).toBe(0);
        expect(await outbox.resend(new Date(2_000))).toBe(2);
        expect(await unsentIds(store)).toEqual(['b', 'c', 'd']);
        await outbox.markSent([b ?? 0, c ?? 0], new Date(4_000));
        expect(await outbox.prune(new Date(4_000))).toBe(1);
        expect(await outbox.resend(new Date(0))).toBe(2);
        expect(await outbox.prune(new Date(9_000_000_000_000))).toBe(0);
        expect(await unsentIds(store)).toEqual(['b', 'c', 'd']);
      }),
    );

    test(
      'loses no event that is stored while others of its document are marked',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', BODY, event('a'));
        const [a] = await store.outbox.unsent(1);
        const two = await books.replace(one, event('b'));
        await store.outbox.markSent([a?.sequence ?? 0], new Date(1_000));
        expect(await unsentIds(store)).toEqual(['b']);
        const [b] = await store.outbox.unsent(1);
        await books.remove(two, event('c'));
        await store.outbox.markSent([b?.sequence ?? 0], new Date(2_000));
        expect(await unsentIds(store)).toEqual(['c']);
        await store.outbox.resend(new Date(2_000));
        expect(await unsentIds(store)).toEqual(['b', 'c']);
        await store.outbox.resend(new Date(0));
        expect(await unsentIds(store)).toEqual(['a', 'b', 'c']);
      }),
    );

    test(
      'takes marks while events come, and ends with nothing unsent and nothing lost',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const seen: string[] = [];
        const writers = ['x', 'y', 'z'].map(async (id) => {
          let current = await books.insert(id, { shelf: id, title: 't' }, event(`${id}0`));
          for (let round = 1; round < 20; round += 1) {
            current = await books.replace(current, event(`${id}${round}`));
          }
        });
        let isWriting = true;
        const relaying = (async () => {
          for (let isLast = false; !isLast; ) {
            isLast = !isWriting;
            const entries = await store.outbox.unsent(7);
            seen.push(...entries.map(({ id }) => id));
            await store.outbox.markSent(
              entries.map(({ sequence }) => sequence),
              new Date(1_000),
            );
            isLast &&= entries.length === 0;
            await new Promise(setImmediate);
          }
        })();
        await Promise.all(writers);
        isWriting = false;
        await relaying;
        expect(await unsentIds(store)).toEqual([]);
        for (const id of ['x', 'y', 'z']) {
          const own = [...new Set(seen.filter((event) => event.startsWith(id)))];
          expect(own).toEqual(Array.from({ length: 20 }, (_, round) => `${id}${round}`));
        }
      }),
    );

    test(
      'keeps the events of a document that was removed, and of one inserted again after that',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.remove(await books.insert('one', BODY, event('a')), event('b'));
        await books.insert('one', BODY, event('c'));
        expect(await unsentIds(store)).toEqual(['a', 'b', 'c']);
      }),
    );

    test(
      'is there after the store was opened again, and never gives a number twice',
      onStore(open, async (store, opened) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', BODY, event('a'));
        const [first] = await store.outbox.unsent(1);
        const reopened = await opened.reopen();
        expect(await unsentIds(reopened)).toEqual(['a']);
        await reopened.outbox.markSent([first?.sequence ?? 0], new Date(1));
        await reopened.outbox.prune(new Date(2));
        await reopened.collection(BOOKS).replace(one, event('b'));
        const [second] = await reopened.outbox.unsent(1);
        expect(second?.id).toBe('b');
        expect(second?.sequence).not.toBe(first?.sequence);
      }),
    );

    test(
      'tells its listeners of commits with events, and of no others',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const found: Promise<string[]>[] = [];
        let calls = 0;
        const stop = store.outbox.onAppend(() => {
          calls += 1;
          found.push(unsentIds(store));
        });
        const one = await books.insert('one', BODY);
        expect(calls).toBe(0);
        const two = await books.replace(one, event('a'));
        expect(calls).toBe(1);
        expect(await Promise.all(found)).toEqual([['a']]);
        stop();
        await books.replace(two, event('b'));
        expect(calls).toBe(1);
      }),
    );
  });
}
