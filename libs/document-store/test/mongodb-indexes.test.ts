import { expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { MongoClient } from 'mongodb';
import type { CollectionDefinition } from '../index.ts';
import { allIds } from '../testing/contract-fixture.ts';
import { describeOnMongo } from '../testing/index.ts';

interface Part {
  readonly name: string;
  readonly size?: number;
  readonly uses?: readonly string[];
}

const PLAIN: CollectionDefinition<Part> = {
  name: 'parts',
  schema: Type.Object({
    name: Type.String(),
    size: Type.Optional(Type.Number()),
    uses: Type.Optional(Type.Array(Type.String())),
  }),
  indexes: { byName: [{ field: 'name' }] },
};

const INDEXED: CollectionDefinition<Part> = {
  ...PLAIN,
  unique: { name: ['name'] },
  indexes: {
    byName: [{ field: 'size' }, { field: 'name' }],
    byUse: [{ field: 'uses', list: true }, { field: 'size' }],
  },
};

describeOnMongo('the indexes in MongoDB', (open) => {
  test('of a changed declaration are built from what is stored; those declared no more stay and are told', async () => {
    const told: unknown[] = [];
    const logger = { warn: (message: string, fields?: object) => told.push([message, fields]) };
    const opened = await open({ logger });
    const parts = opened.store.collection(PLAIN);
    await parts.insert('a', { name: 'z', size: 1.5, uses: ['x', 'y', 'x'] });
    await parts.insert('b', { name: 'y', size: -1, uses: ['y'] });
    await parts.insert('c', { name: 'ü', uses: ['x'] });
    expect(told).toEqual([]);
    const changed = (await opened.reopen()).collection(INDEXED);
    expect(await allIds(changed, { index: 'byName', limit: 1 })).toEqual(['b', 'a']);
    expect(await allIds(changed, { index: 'byUse', equals: { uses: 'y' }, limit: 1 })).toEqual(['b', 'a']);
    await expect(changed.insert('d', { name: 'z' })).rejects.toMatchObject({ code: 'UNIQUE_TAKEN' });
    expect(told).toEqual([
      [expect.stringMatching(/declared no more/), expect.objectContaining({ indexes: ['byName (name)'] })],
    ]);
    // A copy of the release before goes on.
    const before = (await opened.another()).collection(PLAIN);
    expect(await allIds(before, { index: 'byName', limit: 1 })).toEqual(['b', 'a', 'c']);
    await opened.dispose();
  });

  test('are exactly those that pages and unique sets need', async () => {
    const opened = await open();
    await opened.store.collection(INDEXED).get('none');
    const client = new MongoClient(opened.url);
    const indexes = await client.db().collection('parts').listIndexes().toArray();
    const shown = indexes.map(({ name, key, unique, sparse }) => ({
      name,
      on: Object.keys(key).join(),
      ...(unique && { unique }),
      ...(sparse && { sparse }),
    }));
    expect(shown.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: '_id_', on: '_id' },
      { name: 'berth removedAt', on: 'removedAt', sparse: true },
      { name: 'berth sentFrom', on: 'sentFrom', sparse: true },
      { name: 'berth unsent', on: 'unsent', sparse: true },
      { name: 'byName (size, name)', on: 'body.size,body.name,_id' },
      { name: 'byUse (uses[], size)', on: 'body.uses,body.size,_id' },
      { name: 'unique name (name)', on: 'body.name,lacking.name', unique: true, sparse: true },
    ]);
    await client.close();
    await opened.dispose();
  });

  test('that cannot be made are UNAVAILABLE, and the other collections go on', async () => {
    const opened = await open();
    const parts = opened.store.collection(PLAIN);
    await parts.insert('a', { name: 'same' });
    await parts.insert('b', { name: 'same' });
    const reopened = await opened.reopen();
    const changed = reopened.collection(INDEXED);
    const others = reopened.collection({ ...INDEXED, name: 'others' } as CollectionDefinition<Part>);
    await expect(changed.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(changed.insert('c', { name: 'c' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await others.insert('a', { name: 'a' });
    // Once it holds, the next user has it made.
    const again = (await opened.another()).collection(PLAIN);
    const b = await again.get('b');
    await again.remove({ id: 'b', version: b?.version ?? 0 });
    expect(await changed.get('a')).toMatchObject({ name: 'same' });
    await opened.dispose();
  });
});

describeOnMongo('a MongoDB database', (open) => {
  test('of an unknown format is not opened', async () => {
    const opened = await open();
    await opened.store.close();
    const client = new MongoClient(opened.url);
    const meta = client.db().collection<{ _id: string; value: number }>('berth_meta');
    await meta.updateOne({ _id: 'format' }, { $set: { value: 2 } });
    await client.close();
    await expect(opened.reopen()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/format 2, this program reads format 1/),
    });
    await opened.dispose();
  });
});
