import { StoreError } from '../store-error.ts';
import type { Failure } from './write-protocol.ts';

const SQLITE_FULL = 13;

/** An error of SQLite in the words of the port: STORAGE_FULL, or UNAVAILABLE for all that is no StoreError yet. */
export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof StoreError) {
    return { code: error.code, message: error.message, detail: error.detail };
  }
  const message = error instanceof Error ? error.message : String(error);
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return (errcode & 0xff) === SQLITE_FULL
    ? { code: 'STORAGE_FULL', message: `There is no room for ${path} to grow: ${message}` }
    : { code: 'UNAVAILABLE', message: `${path} cannot be used: ${message}`, detail: { errcode } };
}

export function errorOf(failure: Failure): StoreError {
  return new StoreError(failure.code, failure.message, { detail: failure.detail ?? {} });
}

/** Runs a read; what SQLite throws becomes a StoreError. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof StoreError || error instanceof TypeError
      ? error
      : new StoreError('UNAVAILABLE', failureOf(error, path).message, { cause: error });
  }
}
