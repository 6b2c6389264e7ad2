import { checkNaming } from '../declaration.ts';
import type { CollectionDefinition, Joined, Stored } from '../port.ts';
import { pathOf } from './collection-layout.ts';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';
import { gatherReads } from './gathered-reads.ts';
import { decodeDocument, READ, type StoredDocument } from './stored-document.ts';

interface Join<From extends object, To extends object> {
  readonly from: CollectionDefinition<From>;
  readonly by: keyof From & string;
  readonly to: CollectionDefinition<To>;
}

interface JoinContext {
  readonly connection: MongoConnection;
  /** Runs what uses the database: with the indexes of both made, its errors in the words of the port. */
  readonly using: <T>(run: () => Promise<T>) => Promise<T>;
}

type StoredPair = StoredDocument & { readonly named?: StoredDocument };

const READ_NAMED = Object.fromEntries(['_id', ...Object.keys(READ)].map((field) => [`named.${field}`, 1]));

/** One aggregation with `$lookup`; the server looks a document up after it found what names it. */
export function createMongoJoin<From extends object, To extends object>(
  { from, by, to }: Join<From, To>,
  { connection, using }: JoinContext,
): (id: string) => Promise<Joined<From, To> | null> {
  checkNaming(from, by);
  type Pair = Joined<From, To>;
  const stored = connection.collection(from.name);
  const lookUp = [
    { $lookup: { from: to.name, localField: pathOf(by), foreignField: '_id', as: 'named' } },
    { $unwind: { path: '$named', preserveNullAndEmptyArrays: true } },
    { $project: { ...READ, ...READ_NAMED } },
  ];

  async function readMany(ids: readonly string[]): Promise<Map<string, Pair>> {
    const found = new Map<string, Pair>();
    const pipeline = [{ $match: { _id: { $in: ids } } }, ...lookUp];
    const pairs = stored.aggregate<StoredPair>(pipeline, { maxTimeMS: OPERATION_TIMEOUT_MS });
    for (const { named, ...document } of await pairs.toArray()) {
      if (document.removedAt !== undefined) continue;
      found.set(document._id, {
        document: decodeDocument<From & Stored>(document, from.bytesField),
        named: named && !named.removedAt ? decodeDocument<To & Stored>(named, to.bytesField) : null,
      });
    }
    return found;
  }
  const readOne = gatherReads(readMany);

  return (id) => using(() => (id.isWellFormed() ? readOne(id) : Promise.resolve(null)));
}
