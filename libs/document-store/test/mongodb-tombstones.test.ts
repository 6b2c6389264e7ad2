import { expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { connectMongo } from '../mongodb/connection.ts';
import { pruneTombstones } from '../mongodb/tombstones.ts';
import { BOOKS } from '../testing/contract-fixture.ts';
import { describeOnMongo } from '../testing/index.ts';

const event = (id: string) => ({ events: () => [{ id, subject: 's', payload: '{}' }] });

describeOnMongo('what is left of a removed document', (open) => {
  test('goes after its time, unless events of it are kept', async () => {
    let now = 1_000_000;
    const opened = await open({ clock: () => now });
    const { store, url } = opened;
    const books = store.collection(BOOKS);
    const connection = await connectMongo(url);
    const client = new MongoClient(url);
    const prune = (removedBefore: number) =>
      pruneTombstones(connection, { collections: ['books'], removedBefore: new Date(removedBefore) });
    const left = async () =>
      (await client.db().collection('books').find().toArray()).map(({ _id }) => String(_id)).sort();

    for (const id of ['quiet', 'telling', 'living']) {
      const inserted = await books.insert(id, { shelf: 's', title: id, scan: new Uint8Array(10) });
      if (id === 'telling') await books.remove(inserted, event('a'));
      if (id === 'quiet') await books.remove(inserted);
    }
    const [quiet] = await client
      .db()
      .collection('books')
      .find({ removedAt: { $exists: true } })
      .toArray();
    expect(Object.keys(quiet ?? {}).sort()).toEqual(['_id', 'removedAt', 'version', 'writes']);
    now = 2_000_000;
    const late = await books.insert('late', { shelf: 's', title: 'late' });
    await books.remove(late);

    expect(await prune(1_000_000)).toBe(0);
    expect(await prune(1_000_001)).toBe(1);
    expect(await left()).toEqual(['late', 'living', 'telling']);
    const [a] = await store.outbox.unsent(9);
    await store.outbox.markSent([a?.sequence ?? 0], new Date(2_000_000));
    expect(await prune(1_000_001)).toBe(0);
    await store.outbox.prune(new Date(2_000_001));
    expect(await prune(1_000_001)).toBe(1);
    expect(await left()).toEqual(['late', 'living']);

    await client.close();
    await connection.close();
    await opened.dispose();
  });

  test('goes however many there are', async () => {
    const opened = await open();
    const { store } = opened;
    const books = store.collection(BOOKS);
    const inserted = await store.writeMany(
      Array.from({ length: 1_100 }, (_, number) =>
        books.write.insert(`${number}`, { shelf: 's', title: `${number}` }),
      ),
    );
    await Promise.all(inserted.map((document) => books.remove(document as { id: string; version: number })));
    const connection = await connectMongo(opened.url);
    const soon = new Date(Date.now() + 60_000);
    expect(await pruneTombstones(connection, { collections: ['books'], removedBefore: soon })).toBe(1_100);
    await connection.close();
    await opened.dispose();
  });
});
