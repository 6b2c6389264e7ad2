import { StoreError } from '../store-error.ts';
import type { Failure } from './write-protocol.ts';

const SQLITE_FULL = 13;

/** The primary result code of an error that SQLite reported, else 0. */
export function resultCodeOf(error: unknown): number {
  const isReported = typeof error === 'object' && error !== null && 'errcode' in error;
  return isReported ? Number(error.errcode) & 0xff : 0;
}

export function messageOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage ? String(error.message) : String(error);
}

/** An error of SQLite in the words of the port: STORAGE_FULL, or UNAVAILABLE for all that is no StoreError yet. */
export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof StoreError) {
    return { code: error.code, message: error.message, detail: error.detail };
  }
  return resultCodeOf(error) === SQLITE_FULL
    ? { code: 'STORAGE_FULL', message: `There is no room for ${path} to grow: ${messageOf(error)}` }
    : { code: 'UNAVAILABLE', message: `${path} cannot be used: ${messageOf(error)}` };
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
