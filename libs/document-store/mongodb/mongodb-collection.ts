import { mutationsOf } from '../collection-operations.ts';
import type { Collection, CollectionDefinition, Stored, Write } from '../port.ts';
import type { CollectionLayout } from './collection-layout.ts';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';
import { gatherReads } from './gathered-reads.ts';
import { readPage } from './read-pages.ts';
import { decodeDocument, READ, READ_ID, READ_WITHOUT_BYTES, type StoredDocument } from './stored-document.ts';

/** Ids in one query, at most. */
const MANY = 500;

export interface CollectionContext {
  readonly layout: CollectionLayout;
  readonly connection: MongoConnection;
  /** Runs what uses the database: with its indexes made, its errors in the words of the port. */
  readonly using: <T>(run: () => Promise<T>) => Promise<T>;
  readonly execute: (write: Write) => Promise<unknown>;
}

export function createMongoCollection<Body extends object>(
  { name, bytesField, pageBytes = Number.POSITIVE_INFINITY }: CollectionDefinition<Body>,
  { layout, connection, using, execute }: CollectionContext,
): Collection<Body> {
  type Document = Body & Stored;
  const stored = connection.collection(name);

  async function* find(ids: readonly string[], projection: object): AsyncGenerator<StoredDocument> {
    const wanted = [...new Set(ids)].filter((id) => id.isWellFormed());
    for (let start = 0; start < wanted.length; start += MANY) {
      const options = { projection, maxTimeMS: OPERATION_TIMEOUT_MS };
      const some = stored.find({ _id: { $in: wanted.slice(start, start + MANY) } }, options);
      for (const document of await some.toArray()) if (document.removedAt === undefined) yield document;
    }
  }

  async function readMany(ids: readonly string[], withoutBytes: boolean): Promise<Map<string, Document>> {
    const found = new Map<string, Document>();
    const projection = withoutBytes ? READ_WITHOUT_BYTES : READ;
    const bytes = withoutBytes ? undefined : bytesField;
    for await (const document of find(ids, projection))
      found.set(document._id, decodeDocument<Document>(document, bytes));
    return found;
  }

  const readOne = gatherReads((ids) => readMany(ids, false));

  return {
    get: (id) => using(() => (id.isWellFormed() ? readOne(id) : Promise.resolve(null))),
    getMany(ids, { withoutBytes = false } = {}) {
      const wanted = [...ids];
      return using(async () => {
        const found = await readMany(wanted, withoutBytes);
        return wanted.map((id) => found.get(id) ?? null);
      });
    },
    existing(ids) {
      const wanted = [...ids];
      return using(async () => {
        const found = new Set<string>();
        for await (const { _id } of find(wanted, READ_ID)) found.add(_id);
        return found;
      });
    },
    page: (query) => using(() => readPage<Document>(stored, { layout, query, pageBytes })),
    ...mutationsOf<Body>(name, execute),
  };
}
