import { openDocumentStore } from '../index.ts';
import { BOOKS } from '../testing/contract-fixture.ts';

/** Says on stderr, which strace sees as writes, when which writes begin and end. */
const store = await openDocumentStore({ url: `sqlite:${process.argv[2]}` });
const books = store.collection(BOOKS);
await books.insert('first', { shelf: 's', title: 'first' });
let number = 0;

async function insertTwenty(mark: string, relaxed: boolean): Promise<void> {
  process.stderr.write(`begin ${mark}\n`);
  await Promise.all(
    Array.from({ length: 20 }, () => {
      number += 1;
      return books.insert(
        `${number}`,
        { shelf: 's', title: `${number}` },
        { relaxed: relaxed && number % 20 !== 7 },
      );
    }),
  );
  process.stderr.write(`end ${mark}\n`);
}

await insertTwenty('mixed', true);
await insertTwenty('durable', false);
process.stderr.write('begin relaxed\n');
for (let index = 0; index < 20; index += 1) {
  await books.insert(`r${index}`, { shelf: 's', title: `r${index}` }, { relaxed: true });
}
process.stderr.write('end relaxed\n');
process.stderr.write('begin refused\n');
await books.insert('first', { shelf: 's', title: 'first' }).catch(() => undefined);
process.stderr.write('end refused\n');
await store.close();
