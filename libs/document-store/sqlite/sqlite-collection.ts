import { mutationsOf } from '../collection-operations.ts';
import { encodeCursor } from '../cursor.ts';
import type { Collection, CollectionDefinition, Page, PageQuery, Scalar, Stored, Write } from '../port.ts';
import type { CollectionLayout } from './collection-layout.ts';
import { quoted } from './define-collection.ts';
import { pageStatement } from './page-statement.ts';
import type { Reader } from './reader.ts';
import { reading } from './sqlite-failure.ts';

export interface CollectionContext {
  readonly path: string;
  readonly layout: CollectionLayout;
  readonly reader: Reader;
  /** Undefined once the collection is in the file; else resolves when it is. */
  readonly preparing: () => Promise<void> | undefined;
  readonly execute: (write: Write) => Promise<unknown>;
}

type ReadRow = readonly [id: string, version: number, body: string | null, ...rest: unknown[]];

/** Reads go to the reading connection in the caller's thread: a `get` costs microseconds, less than a message. */
export function createSqliteCollection<Body extends object>(
  definition: CollectionDefinition<Body>,
  context: CollectionContext,
): Collection<Body> {
  type Document = Body & Stored;
  const { layout, path, reader } = context;
  const { name, bytesField, pageBytes = Number.POSITIVE_INFINITY } = definition;
  const selection = (columns: string) => `SELECT ${columns} FROM ${quoted(layout.table)} WHERE id = ?`;
  const selectId = selection('id');
  const selectListed = selection('id, version, body');
  const selectWhole = bytesField === undefined ? selectListed : selection('id, version, body, bytes');

  function document([id, version, body, bytes]: ReadRow): Document {
    const found = JSON.parse(body ?? '{}');
    found.id = id;
    found.version = version;
    if (bytesField !== undefined && bytes instanceof Uint8Array) {
      found[bytesField] = bytes;
    }
    return found;
  }

  function read(id: string, statement: string): Document | null {
    if (!id.isWellFormed()) {
      return null;
    }
    const row = reader.statement(statement).get(id) as unknown as ReadRow | undefined;
    return row === undefined ? null : document(row);
  }

  function readPage(query: PageQuery): Page<Document> {
    const { sql, parameters, fingerprint } = pageStatement(layout, query);
    const rows = reader.statement(sql).iterate(...parameters) as unknown as Iterable<ReadRow>;
    const limit = Number(parameters.at(-1)) - 1;
    const items: Document[] = [];
    let last: ReadRow | undefined;
    let looked = 0;
    let sizeBytes = 0;
    for (const row of rows) {
      if (looked === limit || items.length === query.limit || sizeBytes > pageBytes) {
        return { items, next: encodeCursor(fingerprint, (last?.slice(3) ?? []) as Scalar[]) };
      }
      looked += 1;
      last = row;
      if (row[2] !== null) {
        sizeBytes += row[2].length;
        items.push(document([row[0], row[1], row[2]]));
      }
    }
    return { items, next: null };
  }

  return {
    async get(id) {
      const preparing = context.preparing();
      if (preparing !== undefined) {
        await preparing;
      }
      return reading(path, () => read(id, selectWhole));
    },
    async getMany(ids, { withoutBytes = false } = {}) {
      await context.preparing();
      const statement = withoutBytes ? selectListed : selectWhole;
      return reading(path, () => ids.map((id) => read(id, statement)));
    },
    async existing(ids) {
      await context.preparing();
      const { statement } = reader;
      const isThere = (id: string) => id.isWellFormed() && statement(selectId).get(id) !== undefined;
      return reading(path, () => new Set(ids.filter(isThere)));
    },
    async page(query) {
      await context.preparing();
      return reading(path, () => readPage(query));
    },
    ...mutationsOf<Body>(name, context.execute),
  };
}
