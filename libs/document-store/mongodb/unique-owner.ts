import type { Collection as MongoCollection } from 'mongodb';
import { StoreError } from '../store-error.ts';
import { pathOf } from './collection-layout.ts';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import type { StoredDocument } from './stored-document.ts';
import type { PreparedPut } from './write-preparation.ts';

/** The UNIQUE_TAKEN of the document that has the values of a unique set; null when none has them (any more). */
export async function findOtherOwner(
  collection: MongoCollection<StoredDocument>,
  { layout, id, encoded }: PreparedPut,
): Promise<StoreError | null> {
  for (const { name, fields } of layout.uniques) {
    const values = fields.map((field) => encoded.body[field]);
    if (values.includes(undefined)) continue;
    const same = Object.fromEntries(fields.map((field, at) => [pathOf(field), values[at]]));
    const other = await collection.findOne(
      { ...same, _id: { $ne: id } },
      { projection: { _id: 1 }, maxTimeMS: OPERATION_TIMEOUT_MS },
    );
    if (other !== null) {
      return new StoreError(
        'UNIQUE_TAKEN',
        `${layout.name} "${other._id}" has ${name} ${JSON.stringify(values)} already`,
        { detail: { unique: name, id: other._id } },
      );
    }
  }
  return null;
}
