import { openDocumentStore } from '../index.ts';
import { BOOKS } from '../testing/contract-fixture.ts';

/** Inserts documents with an event each, eight at a time, and prints each id once it is acknowledged. */
const store = await openDocumentStore({ url: String(process.argv[2]) });
const round = String(process.argv[3]);
const books = store.collection(BOOKS);
let next = 0;

async function insertOn(): Promise<void> {
  for (;;) {
    const id = `${round}-${next++}`;
    const events = () => [{ id, subject: 's', payload: '{}' }];
    await books.insert(id, { shelf: round, title: id, words: [id, 'all'], year: 1 }, { events });
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, insertOn));
