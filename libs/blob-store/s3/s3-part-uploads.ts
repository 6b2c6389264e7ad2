import { isBlobStoreError } from '../blob-store-error.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { UploadedPart } from './part-list.ts';
import { SMALLEST_PART_BYTES } from './part-size.ts';
import type { S3Connection } from './s3-connection.ts';
import { abortMultipart, createMultipart, uploadPart } from './s3-multipart.ts';

export interface PartUploadsOptions {
  readonly s3: S3Connection;
  readonly key: string;
  readonly budget: ByteBudget;
  /** To go on with; undefined: begun with the first part. */
  readonly uploadId: string | undefined;
  readonly parts: readonly UploadedPart[];
  readonly signal: AbortSignal;
}

/** The parts of one multipart upload, several on their way at once. */
export interface PartUploads {
  /** Parts sent so far, arrived or not. */
  readonly count: number;
  /** Resolves when one more part of that size may be sent; rejects with the error of an earlier one. */
  waitForRoom(sizeBytes: number): Promise<void>;
  /** Sends the next part, after `waitForRoom`. `release` is called once its memory is not needed any more. */
  send(bytes: Uint8Array, release: () => void): void;
  /** Waits for all. Rejects with the first error. */
  settle(): Promise<{ readonly uploadId: string | undefined; readonly parts: readonly UploadedPart[] }>;
  /** Waits until nothing is on its way. A multipart upload that was begun here and is not to be kept is aborted. */
  end(options: { readonly isKept: boolean }): Promise<void>;
}

/** At most this on its way for one key, and at least one part: parts of 5 MiB go four at a time. */
const ON_THEIR_WAY_BYTES = 4 * SMALLEST_PART_BYTES;

export function createPartUploads(options: PartUploadsOptions): PartUploads {
  const { s3, key, budget, signal } = options;
  const parts: UploadedPart[] = [...options.parts];
  const onTheirWay = new Set<Promise<void>>();
  let count = parts.length;
  let uploadId = options.uploadId === undefined ? null : Promise.resolve(options.uploadId);
  let giveBack: () => void = () => undefined;
  let failure: { readonly error: unknown } | null = null;

  async function upload(number: number, bytes: Uint8Array): Promise<void> {
    uploadId ??= createMultipart(s3, key, signal);
    parts[number - 1] = await uploadPart(s3, { key, uploadId: await uploadId }, { number, bytes, signal });
  }

  function throwFailure(): void {
    if (failure !== null) throw failure.error;
  }

  return {
    get count() {
      return count;
    },
    async waitForRoom(sizeBytes) {
      const most = Math.max(1, Math.floor(ON_THEIR_WAY_BYTES / sizeBytes));
      while (failure === null && onTheirWay.size >= most) await Promise.race(onTheirWay);
      throwFailure();
      giveBack = await budget.take(sizeBytes);
    },
    send(bytes, release) {
      count += 1;
      const free = giveBack;
      const sent = upload(count, bytes)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          onTheirWay.delete(sent);
          release();
          free();
        });
      onTheirWay.add(sent);
    },
    async settle() {
      while (failure === null && onTheirWay.size > 0) await Promise.race(onTheirWay);
      throwFailure();
      return { uploadId: (await uploadId) ?? undefined, parts: [...parts] };
    },
    async end({ isKept }) {
      await Promise.all(onTheirWay);
      const begun = options.uploadId === undefined ? await uploadId?.catch(() => undefined) : undefined;
      if (isKept || begun === undefined) return;
      await abortMultipart(s3, { key, uploadId: begun }).catch((error: unknown) => {
        // Then the sweep finds it.
        if (!isBlobStoreError(error)) throw error;
      });
    },
  };
}
