import { StoreError } from '../store-error.ts';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';

const FORMAT = 1;

interface Meta {
  readonly _id: 'format' | 'check';
  readonly value: number | Date;
}

const metaOf = ({ database }: MongoConnection) =>
  database.collection<Meta>('berth_meta', {
    writeConcern: { w: 'majority', wtimeoutMS: OPERATION_TIMEOUT_MS },
  });

/** Notes the format in a new database. StoreError UNAVAILABLE when it is one that this program does not know. */
export async function checkFormat(connection: MongoConnection): Promise<void> {
  const meta = metaOf(connection);
  await meta.updateOne({ _id: 'format' }, { $setOnInsert: { value: FORMAT } }, { upsert: true });
  const found = await meta.findOne({ _id: 'format' });
  if (found?.value !== FORMAT) {
    throw new StoreError(
      'UNAVAILABLE',
      `${connection.place} has format ${String(found?.value)}, this program reads format ${FORMAT}`,
    );
  }
}

/** Rejects when a write could not be stored now. */
export async function touchStore(connection: MongoConnection, now: Date): Promise<void> {
  await metaOf(connection).updateOne({ _id: 'check' }, { $set: { value: now } }, { upsert: true });
}
