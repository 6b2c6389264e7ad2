import type { Readable } from 'node:stream';
import { checkBlobKey } from '../blob-key.ts';
import { BlobStoreError } from '../blob-store-error.ts';
import type {
  BlobLocation,
  BlobStore,
  BlobWriter,
  ByteRange,
  DriverState,
  FlushedKey,
  ListedKey,
  LocateOptions,
  UnfinishedWrite,
} from '../port.ts';
import { createSlabPool } from '../slab-pool.ts';
import { createByteBudget } from './byte-budget.ts';
import { SMALLEST_PART_BYTES } from './part-size.ts';
import { canRedirect, type RedirectPolicy, wouldLeakCredentials } from './redirect.ts';
import { S3BlobWriter } from './s3-blob-writer.ts';
import { createS3Check } from './s3-check.ts';
import { connectS3, type S3Connection, type S3Patience } from './s3-connection.ts';
import { discardUnfinished, listKeys, listUnfinished } from './s3-list.ts';
import { abortMultipart } from './s3-multipart.ts';
import { objectSize, removeObject } from './s3-objects.ts';
import { listMultiparts } from './s3-pages.ts';
import { openS3Reader, readS3Object } from './s3-reader.ts';
import { readTail, seal } from './s3-seal.ts';
import { createSmallObjects, SMALL_BYTES, type SmallObjects } from './s3-small-objects.ts';
import { parseFlushedS3State, parseS3State, type S3State } from './s3-state.ts';
import { removeAllTails } from './s3-tails.ts';
import { takeOver } from './s3-take-over.ts';
import type { S3Place } from './s3-url.ts';

const SLABS = { slabBytes: SMALLEST_PART_BYTES, keptSlabs: 8 };
/** Of all writers together. */
const ON_THEIR_WAY_BYTES = 16 * SMALLEST_PART_BYTES;
/** A client follows at once; a download that began goes on. */
const URL_LIFETIME_SECONDS = 300;

export interface S3BlobStoreOptions {
  readonly place: S3Place;
  readonly redirect: RedirectPolicy;
  /** Milliseconds; only for how long `check` keeps its outcome. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly patience?: S3Patience;
}

/** Blobs as objects, the key being the name behind the prefix (docs/decisions/0010-uploads-straight-to-their-key-in-s3.md). */
export class S3BlobStore implements BlobStore {
  readonly #s3: S3Connection;
  readonly #canRedirect: boolean;
  readonly #isRedirectForced: boolean;
  readonly #newId: () => string;
  readonly #check: () => Promise<void>;
  readonly #slabs = createSlabPool(SLABS);
  readonly #budget = createByteBudget(ON_THEIR_WAY_BYTES);
  readonly #small: SmallObjects = createSmallObjects((key, options) => readS3Object(this.#s3, key, options));

  constructor({ place, redirect, clock, newId, patience }: S3BlobStoreOptions) {
    this.#s3 = connectS3(place, patience);
    this.#canRedirect = canRedirect(redirect, place);
    this.#isRedirectForced = redirect === 'always';
    this.#newId = newId;
    this.#check = createS3Check(this.#s3, clock);
  }

  async create(key: string): Promise<BlobWriter> {
    if ((await objectSize(this.#s3, { name: checkBlobKey(key), key })) !== null) {
      throw new BlobStoreError('KEY_EXISTS', `cannot create blob ${key}: it is there`);
    }
    return this.#writer(key, null, new Uint8Array());
  }

  async resume(key: string, sizeBytes: number, state: DriverState): Promise<BlobWriter> {
    const from = parseFlushedS3State(checkBlobKey(key), sizeBytes, state);
    return this.#writer(key, from, from === null ? new Uint8Array() : await this.#readUnparted(key, from));
  }

  async complete(key: string, state: DriverState): Promise<void> {
    const flushed = parseS3State(state, checkBlobKey(key));
    const sizeBytes = await seal(this.#s3, key, flushed);
    if (sizeBytes !== flushed.sizeBytes) {
      throw new BlobStoreError(
        'STATE_INVALID',
        `blob ${key} was completed with ${sizeBytes} bytes, not with ${flushed.sizeBytes}`,
      );
    }
  }

  async readPartial(key: string, sizeBytes: number, state: DriverState): Promise<Readable> {
    const flushed = parseFlushedS3State(checkBlobKey(key), sizeBytes, state);
    const storedBytes = flushed === null ? 0 : await seal(this.#s3, key, flushed);
    if (storedBytes === sizeBytes) return await openS3Reader(this.#s3, key);
    return await openS3Reader(this.#s3, key, { start: 0, end: sizeBytes - 1 });
  }

  async takeOver(key: string, from: FlushedKey): Promise<DriverState | null> {
    checkBlobKey(from.key);
    return await takeOver(this.#s3, checkBlobKey(key), from);
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    checkBlobKey(key);
    if (range !== undefined && !isSaneRange(range)) {
      throw new BlobStoreError('RANGE_INVALID', `bytes ${range.start}-${range.end} are not in blob ${key}`);
    }
    return await openS3Reader(this.#s3, key, range);
  }

  /** Where clients are always to be sent to S3, they are for these too. */
  readSmall(key: string, sizeBytes: number): Uint8Array | Promise<Uint8Array> | null {
    checkBlobKey(key);
    if (this.#isRedirectForced || sizeBytes === 0 || sizeBytes > SMALL_BYTES) return null;
    const bytes = this.#small.get(key, sizeBytes);
    return bytes instanceof Promise ? bytes.then((read) => ofSize(read, key, sizeBytes)) : bytes;
  }

  async stat(key: string): Promise<{ readonly sizeBytes: number }> {
    const sizeBytes = await objectSize(this.#s3, { name: checkBlobKey(key), key });
    if (sizeBytes === null) throw new BlobStoreError('KEY_UNKNOWN', `blob ${key} is not in S3`);
    return { sizeBytes };
  }

  /** The state adds nothing: what a process that died left of a key stands in no state. */
  async remove(key: string): Promise<void> {
    checkBlobKey(key);
    this.#small.drop(key);
    await this.#abortMultiparts(key);
    await Promise.all([removeObject(this.#s3, key, key), removeAllTails(this.#s3, key)]);
  }

  list(): AsyncIterable<ListedKey> {
    return listKeys(this.#s3);
  }

  listUnfinished({ startedBefore }: { readonly startedBefore: Date }): AsyncIterable<UnfinishedWrite> {
    return listUnfinished(this.#s3, startedBefore);
  }

  async discardUnfinished(unfinished: UnfinishedWrite): Promise<void> {
    checkBlobKey(unfinished.key);
    await discardUnfinished(this.#s3, unfinished);
  }

  async locate(key: string, { method, registryHost }: LocateOptions): Promise<BlobLocation | null> {
    checkBlobKey(key);
    if (method === 'HEAD' || !this.#canRedirect) return null;
    const url = await this.#s3.presign(key, { lifetimeSeconds: URL_LIFETIME_SECONDS });
    if (!this.#isRedirectForced && wouldLeakCredentials(url, registryHost)) return null;
    return { kind: 'redirect', url };
  }

  check(): Promise<void> {
    return this.#check();
  }

  async close(): Promise<void> {
    this.#s3.close();
  }

  #writer(key: string, from: S3State | null, tail: Uint8Array): S3BlobWriter {
    const shared = { s3: this.#s3, slabs: this.#slabs, budget: this.#budget, newId: this.#newId };
    return new S3BlobWriter({
      key,
      from,
      tail,
      small: this.#isRedirectForced ? null : this.#small,
      ...shared,
    });
  }

  /** What a writer has to hold again: the bytes behind the parts. */
  async #readUnparted(key: string, from: S3State): Promise<Uint8Array> {
    if (!from.isWhole) return from.tailBytes === 0 ? new Uint8Array() : await readTail(this.#s3, key, from);
    const bytes = await readS3Object(this.#s3, key);
    if (bytes.byteLength === from.sizeBytes) return bytes;
    throw new BlobStoreError(
      'STATE_INVALID',
      `blob ${key} holds ${bytes.byteLength} bytes, but its last flush was at ${from.sizeBytes}`,
    );
  }

  async #abortMultiparts(key: string): Promise<void> {
    for await (const found of listMultiparts(this.#s3, { prefix: key, doing: 'remove', about: key })) {
      if (found.key === key) await abortMultipart(this.#s3, found);
    }
  }
}

function ofSize(bytes: Uint8Array, key: string, sizeBytes: number): Uint8Array {
  if (bytes.byteLength === sizeBytes) return bytes;
  const message = `blob ${key} holds ${bytes.byteLength} bytes instead of ${sizeBytes}`;
  throw new BlobStoreError('STATE_INVALID', message);
}

function isSaneRange({ start, end }: ByteRange): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
}
