import { expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import type { CollectionDefinition } from '../index.ts';
import { allIds } from '../testing/contract-fixture.ts';
import { openTemporaryStore } from '../testing/index.ts';

interface Part {
  readonly name: string;
  readonly size?: number;
  readonly isNew?: boolean;
  readonly uses?: readonly string[];
  readonly either?: string | number;
  readonly other?: unknown;
}

const PLAIN: CollectionDefinition<Part> = {
  name: 'parts',
  schema: Type.Object({
    name: Type.String(),
    size: Type.Optional(Type.Number()),
    isNew: Type.Optional(Type.Boolean()),
    uses: Type.Optional(Type.Array(Type.String())),
    either: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    other: Type.Optional(Type.Union([Type.String(), Type.Object({ deep: Type.Number() })])),
  }),
  indexes: { byName: [{ field: 'name' }] },
};

const INDEXED: CollectionDefinition<Part> = {
  ...PLAIN,
  unique: { name: ['name'] },
  indexes: {
    byName: [{ field: 'isNew' }, { field: 'name' }],
    bySize: [{ field: 'size' }],
    byOther: [{ field: 'other' }],
    byUse: [{ field: 'uses', list: true }, { field: 'size' }],
  },
};

test('a changed declaration is built from what is stored, and what is declared no more goes', async () => {
  const opened = await openTemporaryStore();
  try {
    const parts = opened.store.collection(PLAIN);
    await parts.insert('a', { name: 'z', size: 1.5, isNew: true, uses: ['x', 'y', 'x'] });
    await parts.insert('b', { name: 'y', size: -1, isNew: false, uses: ['y'], other: { deep: 1 } });
    await parts.insert('c', { name: 'ü', isNew: true, uses: ['x'], other: 'text' });
    const changed = (await opened.reopen()).collection(INDEXED);
    expect(await allIds(changed, { index: 'byName', equals: { isNew: true }, limit: 1 })).toEqual(['a', 'c']);
    expect(await allIds(changed, { index: 'bySize', limit: 1 })).toEqual(['b', 'a']);
    expect(await allIds(changed, { index: 'byOther', limit: 1 })).toEqual(['c']);
    expect(await allIds(changed, { index: 'byUse', equals: { uses: 'y' }, limit: 1 })).toEqual(['b', 'a']);
    expect(await allIds(changed, { index: 'byUse', equals: { uses: 'x' }, limit: 1 })).toEqual(['a']);
    await expect(changed.insert('d', { name: 'z' })).rejects.toMatchObject({ code: 'UNIQUE_TAKEN' });
    const a = await changed.get('a');
    await changed.replace({ ...a, id: 'a', version: a?.version ?? 0, name: 'z', uses: ['w'] });
    expect(await allIds(changed, { index: 'byUse', equals: { uses: 'x' }, limit: 1 })).toEqual([]);

    const back = (await opened.reopen()).collection(PLAIN);
    expect(await allIds(back, { index: 'byName', limit: 1 })).toEqual(['b', 'a', 'c']);
    await back.insert('d', { name: 'z' });
    await expect(back.page({ index: 'bySize', limit: 1 })).rejects.toThrow(/no index "bySize"/);
  } finally {
    await opened.dispose();
  }
});

test('a unique set that does not hold for what is stored is refused, and the others go on', async () => {
  const opened = await openTemporaryStore();
  try {
    const parts = opened.store.collection(PLAIN);
    await parts.insert('a', { name: 'same' });
    await parts.insert('b', { name: 'same' });
    const reopened = await opened.reopen();
    const changed = reopened.collection(INDEXED);
    const others = reopened.collection({ ...INDEXED, name: 'others' } as CollectionDefinition<Part>);
    await expect(changed.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(changed.insert('c', { name: 'c' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await others.insert('a', { name: 'a' });
    const back = (await opened.reopen()).collection(PLAIN);
    expect(await allIds(back, { index: 'byName', limit: 5 })).toEqual(['a', 'b']);
  } finally {
    await opened.dispose();
  }
});

test.each<[string, Partial<CollectionDefinition<Part>>, RegExp]>([
  ['a bad name', { name: 'a"b' }, /a\\?"b/],
  ['a name of the store itself', { name: 'berth_outbox' }, /berth_outbox/],
  ['an index without fields', { indexes: { empty: [] } }, /empty has no fields/],
  [
    'a list field in second place',
    { indexes: { i: [{ field: 'name' }, { field: 'uses', list: true }] } },
    /first/,
  ],
  [
    'an index on what may be a string or a number',
    { indexes: { byEither: [{ field: 'either' }] } },
    /one of/,
  ],
  ['a list index on what is no list', { indexes: { i: [{ field: 'name', list: true }] } }, /a list/],
  ['an index named id', { indexes: { id: [{ field: 'name' }] } }, /"id" exists/],
  ['a field named version', { schema: Type.Object({ version: Type.Number() }) }, /"version"/],
])('a declaration with %s is a TypeError', async (_name, change, message) => {
  const opened = await openTemporaryStore();
  try {
    expect(() => opened.store.collection({ ...PLAIN, ...change })).toThrow(TypeError);
    expect(() => opened.store.collection({ ...PLAIN, ...change })).toThrow(message);
  } finally {
    await opened.dispose();
  }
});
