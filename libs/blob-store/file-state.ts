import { BlobStoreError } from './blob-store-error.ts';
import type { DriverState } from './port.ts';

/** The file driver's state: how much a flush made durable. */
export interface FileState {
  readonly sizeBytes: number;
}

/** BlobStoreError STATE_INVALID for anything that no flush of the file driver returned. */
export function parseFileState(state: DriverState, key: string): FileState {
  if (typeof state === 'object' && state !== null && 'sizeBytes' in state && isSize(state.sizeBytes)) {
    return { sizeBytes: state.sizeBytes };
  }
  throw new BlobStoreError(
    'STATE_INVALID',
    `blob ${key}: ${JSON.stringify(state)?.slice(0, 200)} is no state of the file driver`,
  );
}

/**
 * Checks that `sizeBytes` and the state tell of the same flush. A key that was never flushed has no bytes and a null
 * or missing state. BlobStoreError STATE_INVALID.
 */
export function checkFlushedSize(key: string, sizeBytes: number, state: DriverState): void {
  const flushedBytes = state === null || state === undefined ? 0 : parseFileState(state, key).sizeBytes;
  if (flushedBytes !== sizeBytes) {
    throw new BlobStoreError(
      'STATE_INVALID',
      `blob ${key}: ${sizeBytes} bytes asked for, but its last flush was at ${flushedBytes}`,
    );
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
