import { isBlobStoreError } from '@berth/blob-store';
import { forgetDiscardedKeys, listDiscardedKeys } from '@berth/contracts';
import { BATCH, type SweepParts, type SweepStep } from './sweep-parts.ts';

const AT_ONCE = 8;

interface Discarded {
  readonly uploadId: string;
  readonly version: number;
  readonly keys: readonly { readonly key: string; readonly driverState?: unknown }[];
}

/**
 * Deletes the bytes of discarded uploads and then has metadata forget those whose bytes are all gone. What cannot be deleted now stays
 * discarded, for the next sweep. No more is begun once it is `ending`.
 */
export async function* deleteKeys(parts: SweepParts, ending: AbortSignal): AsyncGenerator<SweepStep> {
  let after: string | undefined;
  do {
    const query = { limit: BATCH, ...(after !== undefined && { after }) };
    const { items, next } = await parts.caller.call(listDiscardedKeys, query);
    const keys = { deleted: 0, failed: 0, freedBytes: 0 };
    const gone: Discarded[] = [];
    const waiting = [...items];
    const work = async (): Promise<void> => {
      while (!ending.aborted) {
        const upload = waiting.shift();
        if (!upload) return;
        if (await deleteAll(parts, upload, keys)) gone.push(upload);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const uploads = gone.map(({ uploadId, version }) => ({ uploadId, version }));
    if (uploads.length > 0) await parts.caller.call(forgetDiscardedKeys, { uploads });
    yield { gain: { keys }, handled: items.length - waiting.length, isProgress: gone.length > 0 };
    after = next ?? undefined;
  } while (after !== undefined);
}

async function deleteAll(
  { blobs, logger }: SweepParts,
  { uploadId, keys }: Discarded,
  count: { deleted: number; failed: number; freedBytes: number },
): Promise<boolean> {
  let isGone = true;
  for (const { key, driverState } of keys) {
    try {
      const sizeBytes = await sizeOf(blobs, key);
      await blobs.remove(key, driverState);
      // Whoever discarded it may have deleted the bytes already.
      if (sizeBytes !== null) count.deleted++;
      count.freedBytes += sizeBytes ?? 0;
    } catch (error) {
      logger.warn('bytes stay for the next sweep', { upload: uploadId, key, error });
      count.failed++;
      isGone = false;
    }
  }
  return isGone;
}

async function sizeOf(blobs: SweepParts['blobs'], key: string): Promise<number | null> {
  try {
    return (await blobs.stat(key)).sizeBytes;
  } catch (error) {
    if (isBlobStoreError(error, 'KEY_UNKNOWN')) return null;
    throw error;
  }
}
