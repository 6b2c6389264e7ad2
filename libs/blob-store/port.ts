import type { Readable } from 'node:stream';

/** Opaque to everyone but the driver; JSON, kept in the upload document (for S3: the multipart id, parts and tail). */
export type DriverState = unknown;

/** How a gateway or client may fetch bytes without this process: `X-Accel-Redirect` path, or a presigned URL. */
export type BlobLocation =
  | { readonly kind: 'accel'; readonly path: string }
  | { readonly kind: 'redirect'; readonly url: string };

export interface ByteRange {
  readonly start: number;
  /** Inclusive, as in HTTP. */
  readonly end: number;
}

/** Where a key stood at a flush. */
export interface FlushedKey {
  readonly key: string;
  readonly sizeBytes: number;
  readonly state: DriverState;
}

export interface ListedKey {
  readonly key: string;
  /** 0 for bytes that cannot be seen before the key is completed (S3 parts). */
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** What a writer left beside its key: completed keys do not need it, open ones may. */
export interface UnfinishedWrite {
  readonly key: string;
  readonly startedAt: Date;
  /** The driver's. */
  readonly handle: unknown;
}

export interface LocateOptions {
  readonly method: 'GET' | 'HEAD';
  /** The host by which the client knows the registry, without a port. */
  readonly registryHost?: string | undefined;
}

/** Appends to one key. One writer per key at a time: the callers' claim sees to that. */
export interface BlobWriter {
  /** Bytes appended since the key was begun, flushed or not. */
  readonly sizeBytes: number;
  /** Resolves when more may be given: bounded memory. The chunk's memory is then the caller's again. */
  append(chunk: Uint8Array): Promise<void>;
  /**
   * Makes all that was appended durable (file and folder fsync'ed; parts and tail stored) and says how to go on from
   * there. A state is good until the writer's next flush but one begins: whoever flushes again has kept the last.
   */
  flush(): Promise<DriverState>;
  /** Gives up resources; what was not flushed may be lost. Idempotent. */
  close(): Promise<void>;
}

/**
 * Bytes by key. Keys are `[a-z0-9./-]+`, unique per upload, never content-addressed, written once from front to end.
 * Errors are BlobStoreErrors.
 */
export interface BlobStore {
  /** A new key. BlobStoreError KEY_EXISTS when something is there already. */
  create(key: string): Promise<BlobWriter>;
  /** Goes on after the last flush; bytes behind `sizeBytes` are cut. BlobStoreError KEY_UNKNOWN, STATE_INVALID. */
  resume(key: string, sizeBytes: number, state: DriverState): Promise<BlobWriter>;
  /** Ends writing: from then on the key reads as a whole. Durable, idempotent. */
  complete(key: string, state: DriverState): Promise<void>;
  /**
   * The flushed bytes of a key, to hash or copy them. Nobody may write to the key from then on: S3 has to complete it
   * to read it.
   */
  readPartial(key: string, sizeBytes: number, state: DriverState): Promise<Readable>;
  /**
   * Begins a new key with the flushed bytes of another, which nobody may write to from then on, without moving them through this
   * process; the state to resume the key by. Null where the driver cannot, or where to read and write them is as good.
   */
  takeOver(key: string, from: FlushedKey): Promise<DriverState | null>;
  /** The bytes of a completed key; KEY_UNKNOWN when it is missing. */
  read(key: string, range?: ByteRange): Promise<Readable>;
  /**
   * All bytes of a completed key of that size, where they are few and a reader is better given them than sent to where they are: at once
   * where they are held in memory, else in a promise. Nobody changes them. Null where neither. KEY_UNKNOWN, STATE_INVALID when it is of
   * another size.
   */
  readSmall(key: string, sizeBytes: number): Uint8Array | Promise<Uint8Array> | null;
  /** KEY_UNKNOWN when missing. */
  stat(key: string): Promise<{ readonly sizeBytes: number }>;
  /** Removes a key, complete or not, and what a state names of it. A missing key is no error. */
  remove(key: string, state?: DriverState): Promise<void>;
  /** Completed and incomplete keys, in no order, in bounded memory. */
  list(): AsyncIterable<ListedKey>;
  /**
   * What dead writers left, for the sweep, in bounded memory. To be discarded only when no open upload has the key:
   * one that is open may still go on from it.
   */
  listUnfinished(options: { readonly startedBefore: Date }): AsyncIterable<UnfinishedWrite>;
  /** Removes that and nothing else of the key. Idempotent. */
  discardUnfinished(unfinished: UnfinishedWrite): Promise<void>;
  /** Null: stream it through this process. A HEAD is never sent elsewhere but to our own gateway. */
  locate(key: string, options: LocateOptions): Promise<BlobLocation | null>;
  /** Rejects when bytes cannot be stored now. */
  check(): Promise<void>;
  close(): Promise<void>;
}
