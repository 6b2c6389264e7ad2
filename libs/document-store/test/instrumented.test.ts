import { createMetrics } from '@berth/runtime';
import { expect, test } from '@jest/globals';
import { instrumented } from '../index.ts';
import { BOOKS } from '../testing/contract-fixture.ts';
import { openTemporaryStore } from '../testing/index.ts';

test('an instrumented store measures its operations and their outcomes', async () => {
  const opened = await openTemporaryStore();
  try {
    const metrics = createMetrics('test', { withProcess: false });
    const store = instrumented(opened.store, metrics);
    const books = store.collection(BOOKS);
    await books.insert('one', { shelf: 's', title: 't' });
    await expect(books.insert('one', { shelf: 's', title: 't' })).rejects.toMatchObject({ code: 'ID_TAKEN' });
    await store.writeMany([books.write.insert('two', { shelf: 's', title: 'u' })]);
    expect((await books.page({ index: 'id', limit: 5 })).items.map(({ id }) => id)).toEqual(['one', 'two']);
    const text = await metrics.text();
    const count = (operation: string, result: string) =>
      text
        .split('\n')
        .find((line) =>
          ['_seconds_count{', `"${operation}"`, `"${result}"`].every((part) => line.includes(part)),
        )
        ?.split(' ')
        .at(-1);
    expect(count('insert', 'ok')).toBe('1');
    expect(count('insert', 'ID_TAKEN')).toBe('1');
    expect(count('writeMany', 'ok')).toBe('1');
    expect(count('page', 'ok')).toBe('1');
    expect(text).toMatch(/berth_document_writes_total\{[^}]*\} 2/);
  } finally {
    await opened.dispose();
  }
});
