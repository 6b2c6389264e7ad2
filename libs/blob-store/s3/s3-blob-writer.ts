import { BlobStoreError } from '../blob-store-error.ts';
import type { BlobWriter, DriverState } from '../port.ts';
import type { SlabPool } from '../slab-pool.ts';
import type { ByteBudget } from './byte-budget.ts';
import { MOST_PARTS, partSize } from './part-size.ts';
import type { S3Connection } from './s3-connection.ts';
import { s3Error } from './s3-error.ts';
import { putNewObject, putObject } from './s3-objects.ts';
import { createPartUploads, type PartUploads } from './s3-part-uploads.ts';
import type { SmallObjects } from './s3-small-objects.ts';
import { formatS3State, type S3State } from './s3-state.ts';
import { dropTail, tailName } from './s3-tails.ts';

export interface S3BlobWriterOptions {
  readonly s3: S3Connection;
  readonly key: string;
  /** Of the flush to go on from; null: nothing is at the key. */
  readonly from: S3State | null;
  /** The bytes behind its parts, read back. */
  readonly tail: Uint8Array;
  /** Of the size of a first part. */
  readonly slabs: SlabPool;
  /** Of all writers: bytes on their way to S3. */
  readonly budget: ByteBudget;
  readonly newId: () => string;
  /** Where what is stored whole is held for its readers, if anywhere. */
  readonly small: Pick<SmallObjects, 'hold'> | null;
}

/**
 * Collects a part while earlier ones are on their way. Whoever gave a chunk may use its memory again at once. The first error ends it: from
 * then on every append and flush rejects with it.
 */
export class S3BlobWriter implements BlobWriter {
  readonly #s3: S3Connection;
  readonly #key: string;
  readonly #slabs: SlabPool;
  readonly #newId: () => string;
  readonly #small: Pick<SmallObjects, 'hold'> | null;
  readonly #uploads: PartUploads;
  readonly #abort = new AbortController();
  /** What the last flush made durable; null before the first of a new key. */
  #flushed: S3State | null;
  #slab: Uint8Array<ArrayBuffer> | null = null;
  /** Larger ones than the pool's that came back: memory that is made anew for each part piles up until it is collected. */
  #spareSlabs: Uint8Array<ArrayBuffer>[] = [];
  #filledBytes = 0;
  #sizeBytes: number;
  #failure: BlobStoreError | null = null;
  #closing: Promise<void> | null = null;

  constructor({ s3, key, from, tail, slabs, budget, newId, small }: S3BlobWriterOptions) {
    this.#s3 = s3;
    this.#key = key;
    this.#slabs = slabs;
    this.#newId = newId;
    this.#small = small;
    this.#flushed = from;
    this.#sizeBytes = from?.sizeBytes ?? 0;
    this.#uploads = createPartUploads({
      ...{ s3, key, budget },
      ...{ uploadId: from?.uploadId, parts: from?.parts ?? [] },
      signal: this.#abort.signal,
    });
    if (tail.byteLength > 0 && this.#fill(tail) < tail.byteLength) {
      throw new BlobStoreError(
        'STATE_INVALID',
        `blob ${key}: its ${tail.byteLength} bytes of a tail are a part`,
      );
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#throwIfUnusable();
    for (let taken = 0; taken < chunk.byteLength; ) {
      const filled = this.#fill(chunk.subarray(taken));
      taken += filled;
      this.#sizeBytes += filled;
      if (this.#filledBytes === this.#slab?.byteLength) await this.#sendPart();
    }
  }

  async flush(): Promise<DriverState> {
    this.#throwIfUnusable();
    if (this.#flushed?.sizeBytes === this.#sizeBytes) return formatS3State(this.#flushed);
    try {
      this.#flushed = this.#isFirstOfLessThanAPart() ? await this.#putWhole() : await this.#putTail();
    } catch (error) {
      throw this.#poison(error, 'flush');
    }
    return formatS3State(this.#flushed);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#abort.abort();
    // What no flush told of belongs to nobody.
    await this.#uploads.end({ isKept: this.#flushed?.uploadId !== undefined });
    this.#dropSlab();
  }

  /** Copies what fits into the part that is being collected; how much that was. */
  #fill(bytes: Uint8Array): number {
    this.#slab ??= this.#takeSlab();
    const piece = bytes.subarray(0, this.#slab.byteLength - this.#filledBytes);
    this.#slab.set(piece, this.#filledBytes);
    this.#filledBytes += piece.byteLength;
    return piece.byteLength;
  }

  #takeSlab(): Uint8Array<ArrayBuffer> {
    const number = this.#uploads.count + 1;
    if (number > MOST_PARTS) {
      throw this.#poison(
        new BlobStoreError('STORAGE_FULL', `blob ${this.#key} needs more than the ${MOST_PARTS} parts of S3`),
        'write',
      );
    }
    const sizeBytes = partSize(number);
    if (sizeBytes === this.#slabs.slabBytes) return this.#slabs.take();
    this.#spareSlabs = this.#spareSlabs.filter((slab) => slab.byteLength === sizeBytes);
    return this.#spareSlabs.pop() ?? Buffer.allocUnsafeSlow(sizeBytes);
  }

  async #sendPart(): Promise<void> {
    const slab = this.#slab;
    if (slab === null) return;
    try {
      await this.#uploads.waitForRoom(slab.byteLength);
    } catch (error) {
      throw this.#poison(error, 'write');
    }
    this.#slab = null;
    this.#filledBytes = 0;
    this.#uploads.send(slab, () => this.#giveSlab(slab));
  }

  #isFirstOfLessThanAPart(): boolean {
    return this.#flushed === null && this.#uploads.count === 0;
  }

  async #putWhole(): Promise<S3State> {
    const { signal } = this.#abort;
    await putNewObject(
      this.#s3,
      { name: this.#key, key: this.#key },
      { bytes: this.#collected(), writeId: this.#newId(), signal },
    );
    this.#small?.hold(this.#key, this.#collected());
    return { ...NOTHING, sizeBytes: this.#sizeBytes, isWhole: true };
  }

  /** The parts on their way and, at the same time, what is behind them. */
  async #putTail(): Promise<S3State> {
    const before = this.#flushed;
    const lastTailEnd = before !== null && before.tailBytes > 0 ? before.sizeBytes : undefined;
    const bytes = this.#collected();
    const name = tailName(this.#key, this.#sizeBytes);
    const [{ uploadId, parts }] = await Promise.all([
      this.#uploads.settle(),
      bytes.byteLength > 0 && putObject(this.#s3, { name, key: this.#key }, bytes, this.#abort.signal),
      before?.staleTailEnd !== undefined && dropTail(this.#s3, this.#key, before.staleTailEnd),
    ]);
    return {
      ...{ sizeBytes: this.#sizeBytes, isWhole: false, uploadId, parts },
      ...{ tailBytes: bytes.byteLength, staleTailEnd: lastTailEnd },
    };
  }

  #collected(): Uint8Array {
    return this.#slab?.subarray(0, this.#filledBytes) ?? new Uint8Array();
  }

  #throwIfUnusable(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closing !== null) {
      throw new BlobStoreError('STATE_INVALID', `the writer of blob ${this.#key} is closed`);
    }
  }

  #poison(error: unknown, doing: string): BlobStoreError {
    this.#failure ??= s3Error(error, { doing, key: this.#key, where: this.#s3.where });
    this.#abort.abort();
    return this.#failure;
  }

  #giveSlab(slab: Uint8Array<ArrayBuffer>): void {
    if (slab.byteLength === this.#slabs.slabBytes) this.#slabs.give(slab);
    else this.#spareSlabs.push(slab);
  }

  #dropSlab(): void {
    if (this.#slab !== null) this.#giveSlab(this.#slab);
    this.#slab = null;
    this.#filledBytes = 0;
  }
}

const NOTHING: S3State = {
  sizeBytes: 0,
  isWhole: false,
  uploadId: undefined,
  parts: [],
  tailBytes: 0,
  staleTailEnd: undefined,
};
