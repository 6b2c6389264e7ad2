import type { BlobStore, DriverState } from '../port.ts';
import { piecesOf } from './sample-bytes.ts';

/** A state as it comes back from a document. */
export function throughJson(state: DriverState): DriverState {
  return JSON.parse(JSON.stringify(state));
}

/** Writes and flushes a key, not completed; the state as a document would hold it. */
export async function storePartly(store: BlobStore, key: string, bytes: Buffer): Promise<DriverState> {
  const writer = await store.create(key);
  try {
    for (const piece of piecesOf(bytes, 64 * 1024)) {
      await writer.append(piece);
    }
    return throughJson(await writer.flush());
  } finally {
    await writer.close();
  }
}

/** Writes a key from front to end. */
export async function storeBlob(store: BlobStore, key: string, bytes: Buffer): Promise<void> {
  await store.complete(key, await storePartly(store, key, bytes));
}
