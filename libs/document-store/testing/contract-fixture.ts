import { Type } from '@sinclair/typebox';
import type { Collection, CollectionDefinition, DocumentStore, Page, PageQuery, Stored } from '../port.ts';

/** A store of its own for one test. */
export interface OpenStore {
  readonly store: DocumentStore;
  /** Closes the store and opens the same data again. */
  reopen(options?: { readonly clock?: () => number }): Promise<DocumentStore>;
  /** Closes it and removes what it left. */
  dispose(): Promise<void>;
}

/** Opens an empty store. `clock` in epoch milliseconds. */
export type OpenEmptyStore = (options?: { readonly clock?: () => number }) => Promise<OpenStore>;

/** Runs a test's body on a store of its own. */
export function onStore(
  open: OpenEmptyStore,
  body: (store: DocumentStore, opened: OpenStore) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const opened = await open();
    try {
      await body(opened.store, opened);
    } finally {
      await opened.dispose();
    }
  };
}

export interface Book {
  readonly shelf: string;
  readonly title: string;
  readonly year?: number;
  readonly isbn?: string;
  readonly isLent?: boolean;
  readonly words?: readonly string[];
  readonly scan?: Uint8Array;
}

export const BOOKS: CollectionDefinition<Book> = {
  name: 'books',
  schema: Type.Object(
    {
      shelf: Type.String({ maxLength: 1_000 }),
      title: Type.String({ maxLength: 1_000 }),
      year: Type.Optional(Type.Integer()),
      isbn: Type.Optional(Type.String()),
      isLent: Type.Optional(Type.Boolean()),
      words: Type.Optional(Type.Array(Type.String())),
    },
    { additionalProperties: false },
  ),
  unique: { isbn: ['isbn'], place: ['shelf', 'title'] },
  indexes: {
    byTitle: [{ field: 'shelf' }, { field: 'title' }],
    byYear: [{ field: 'shelf' }, { field: 'year' }, { field: 'title' }],
    byLent: [{ field: 'isLent' }],
    byWord: [{ field: 'words', list: true }, { field: 'year' }],
  },
  bytesField: 'scan',
};

export interface Count {
  readonly views?: number;
  readonly sales?: number;
  readonly lastAt?: string;
  readonly highest?: number;
}

export const COUNTS: CollectionDefinition<Count> = {
  name: 'counts',
  schema: Type.Object({
    views: Type.Optional(Type.Number()),
    sales: Type.Optional(Type.Number()),
    lastAt: Type.Optional(Type.String()),
    highest: Type.Optional(Type.Number()),
  }),
  indexes: { byViews: [{ field: 'views' }] },
};

/** Titles whose UTF-8 order differs from UTF-16 order, from a locale's, and by case; in binary order. */
export const TITLES_IN_BINARY_ORDER: readonly string[] = [
  '',
  ' ',
  '1.10',
  '1.9',
  'Z',
  'a',
  'a ',
  'a.b',
  'aa',
  'v1',
  'z',
  'é',
  'ｚ',
  '�',
  '𐀀',
  '😀',
];

/** A sequence that looks random and is the same each time. */
export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  let state = 12_345;
  for (let last = result.length - 1; last > 0; last -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** All pages of a query, one after the other. */
export async function allPages<Body extends object>(
  collection: Collection<Body>,
  query: PageQuery,
): Promise<Page<Body & Stored>[]> {
  const pages: Page<Body & Stored>[] = [];
  let after: string | undefined;
  do {
    const page = await collection.page(after === undefined ? query : { ...query, after });
    pages.push(page);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return pages;
}

/** The ids that all pages of a query bring, in order. */
export async function allIds<Body extends object>(
  collection: Collection<Body>,
  query: PageQuery,
): Promise<string[]> {
  return (await allPages(collection, query)).flatMap(({ items }) => items.map(({ id }) => id));
}

/** Runs a test's body on a store with these books, inserted in no particular order; `ids` pages through a query. */
export function onBooks(
  open: OpenEmptyStore,
  books: Readonly<Record<string, Book>>,
  body: (ids: (query: Partial<PageQuery>) => Promise<string[]>) => Promise<void>,
): () => Promise<void> {
  return onStore(open, async (store) => {
    const collection = store.collection(BOOKS);
    await store.writeMany(
      shuffled(Object.entries(books)).map(([id, book]) =>
        collection.write.insert(id, book, { relaxed: true }),
      ),
    );
    await body((query) => allIds(collection, { index: 'id', limit: 2, ...query }));
  });
}
