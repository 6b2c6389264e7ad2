import {
  MongoBulkWriteError,
  type MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoWriteConcernError,
} from 'mongodb';
import { StoreError } from '../store-error.ts';

const DUPLICATE_KEY = 11_000;
/** OutOfDiskSpace; a hosted cluster's quota answers with its own code and words. */
const OUT_OF_DISK_SPACE = 14_031;
const HOSTED_REFUSAL = 8_000;
/** BSONObjectTooLarge, and what inserts and updates say of a document that grew beyond 16 MiB. */
const TOO_LARGE: readonly number[] = [10_334, 17_419, 17_420];
/** The server stopped, stepped down or ran out of time: the write may have been done all the same. */
const INTERRUPTED: readonly number[] = [
  6, 7, 50, 64, 89, 91, 189, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
];

export function isDuplicateKey(error: unknown): error is MongoServerError {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** The position of the first write of an ordered bulk that was refused; undefined when the bulk ended otherwise. */
export function firstRefused(error: unknown): number | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  return [error.writeErrors].flat()[0]?.index;
}

/** True when it is not known whether a write was done, or is durable. */
export function isUncertain(error: unknown): boolean {
  if (error instanceof MongoBulkWriteError) {
    if (firstRefused(error) !== undefined) return false;
    // What ended the bulk: an error of the driver, or of the write concern.
    const ending: unknown = error.errorResponse;
    return ending instanceof Error ? isUncertain(ending) : true;
  }
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoWriteConcernError ||
    (error instanceof MongoServerError && hasCode(error, INTERRUPTED))
  );
}

function hasCode(error: MongoError, codes: readonly number[]): boolean {
  return typeof error.code === 'number' && codes.includes(error.code);
}

/** An error of the driver in the words of the port. `place` names the database, without credentials. */
export function failureOf(error: unknown, place: string): unknown {
  if (error instanceof StoreError || error instanceof TypeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof MongoServerError) {
    if (error.code === OUT_OF_DISK_SPACE || (error.code === HOSTED_REFUSAL && /space|quota/i.test(message)))
      return new StoreError('STORAGE_FULL', `There is no room for ${place} to grow: ${message}`, {
        cause: error,
      });
    if (hasCode(error, TOO_LARGE)) return tooLarge(error, place);
  }
  return new StoreError('UNAVAILABLE', `${place} cannot be used: ${message}`, { cause: error });
}

function tooLarge(cause: MongoError, place: string): StoreError {
  return new StoreError(
    'BODY_INVALID',
    `A document of ${place} would be larger than 16 MiB: ${cause.message}`,
    {
      cause,
    },
  );
}
