import type { TObject } from '@sinclair/typebox';

/** What a document is keyed and compared by. Ids are chosen by the caller; versions by the store. */
export interface Stored {
  readonly id: string;
  /** Grows per id, also across removal and re-creation: max(old + 1, clock in microseconds). */
  readonly version: number;
}

export type Scalar = string | number | boolean;

export interface IndexField {
  readonly field: string;
  /** The field holds a list of strings: the document is found under each of them, by equality only. */
  readonly list?: true;
}

/** Declared once per kind of document. Body fields are JSON; at most one field may hold bytes. All of it: 15 MiB at most. */
export interface CollectionDefinition<Body extends object = object> {
  readonly name: string;
  /** Every body is checked against it before it is written; `bytesField` is not part of it. */
  readonly schema: TObject;
  /** Sets of fields whose values no two documents share. Documents that lack one of the fields are left out. */
  readonly unique?: Readonly<Record<string, readonly (keyof Body & string)[]>>;
  /**
   * Compound indexes: equality on a prefix, then a range and the order on the next field; ties go by the fields
   * after it, then by id. Strings compare in binary order (of UTF-8). Documents that lack one of the fields are not in the
   * index. A list field comes first; every other field holds strings, numbers or booleans, one of them only.
   */
  readonly indexes?: Readonly<Record<string, readonly IndexField[]>>;
  /**
   * A Uint8Array field of the body, stored aside: `get` and `getMany` bring it, pages do not. A replacement without
   * it leaves it as it is.
   */
  readonly bytesField?: keyof Body & string;
  /**
   * For documents that may be large: a page of them ends with the one that brings its JSON above so many bytes, whatever its limit, so that
   * `next` alone says whether there are more.
   */
  readonly pageBytes?: number;
}

/** An event stored in the same atomic write as the change it tells of. */
export interface OutboxEvent {
  readonly id: string;
  readonly subject: string;
  /** The event as it goes over the bus. */
  readonly payload: string;
}

export interface WriteOptions {
  /** Made when the new version is known; stored in the same atomic write. */
  readonly events?: (version: number) => readonly OutboxEvent[];
  /**
   * The write may be lost with the machine (power, kernel), never with the process. A later durable write makes it
   * durable too. For documents that are worth nothing without a later durable one. May not carry events.
   */
  readonly relaxed?: boolean;
}

/** One mutation of one document, made by a collection's `write`. */
export interface Write<Result = unknown> {
  readonly collection: string;
  readonly kind: 'insert' | 'replace' | 'remove' | 'increment';
  readonly id: string;
  readonly body?: object;
  readonly expectedVersion?: number;
  readonly increments?: Readonly<Record<string, number>>;
  readonly maxima?: Readonly<Record<string, number | string>>;
  readonly options: WriteOptions;
  /** Only for the compiler: what the write yields. */
  readonly result?: Result;
}

export interface PageQuery {
  /** The name of a declared index, or `id`. */
  readonly index: string;
  /** Equality on a prefix of its fields, in their order. */
  readonly equals?: Readonly<Record<string, Scalar>>;
  /** On the field after that prefix. */
  readonly range?: {
    readonly gt?: Scalar;
    readonly gte?: Scalar;
    readonly lt?: Scalar;
    readonly lte?: Scalar;
  };
  readonly descending?: boolean;
  readonly limit: number;
  /** `next` of the page before. A cursor of another query is a StoreError CURSOR_INVALID. */
  readonly after?: string;
  /** Substring search, case-sensitive, in a string field, within a bounded scan: a page may be short, or empty, and still have a `next`. */
  readonly contains?: { readonly field: string; readonly text: string };
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Operations on one kind of document. Each mutation is atomic for its document; none spans two. */
export interface Collection<Body extends object> {
  get(id: string): Promise<(Body & Stored) | null>;
  /** In the order of the ids; null where there is none. `withoutBytes` leaves out what pages leave out. */
  getMany(
    ids: readonly string[],
    options?: { readonly withoutBytes?: boolean },
  ): Promise<((Body & Stored) | null)[]>;
  /** Those of the ids that there are. Where they may be large, this is what a look at many may cost. */
  existing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  page(query: PageQuery): Promise<Page<Body & Stored>>;
  /** StoreError ID_TAKEN or UNIQUE_TAKEN (detail: {unique: its name, id: of the other}). */
  insert(id: string, body: Body, options?: WriteOptions): Promise<Body & Stored>;
  /** By the version that `document` carries: StoreError VERSION_CONFLICT when it changed or is gone; UNIQUE_TAKEN. */
  replace(document: Body & Stored, options?: WriteOptions): Promise<Body & Stored>;
  /** By version as well; removing a missing document is a VERSION_CONFLICT. */
  remove(document: Stored, options?: WriteOptions): Promise<void>;
  /**
   * Counter documents only: adds to numeric fields and raises others to a maximum, creating the document when it is
   * missing. Never conflicts, always relaxed. StoreError BODY_INVALID for fields that the schema does not declare so;
   * those that no call named stay missing.
   */
  increment(
    id: string,
    increments: Readonly<Record<string, number>>,
    maxima?: Readonly<Record<string, number | string>>,
  ): Promise<void>;
  /** The same mutations as values, for `writeMany`. */
  readonly write: {
    insert(id: string, body: Body, options?: WriteOptions): Write<Body & Stored>;
    replace(document: Body & Stored, options?: WriteOptions): Write<Body & Stored>;
    remove(document: Stored, options?: WriteOptions): Write<void>;
    increment(
      id: string,
      increments: Readonly<Record<string, number>>,
      maxima?: Readonly<Record<string, number | string>>,
    ): Write<void>;
  };
}

/** A document, and the one that it names in another collection. */
export interface Joined<From extends object, To extends object> {
  readonly document: From & Stored;
  /** Read together with the document or after it; null where there is none of that id. */
  readonly named: (To & Stored) | null;
}

/** Events that wait for the bus, oldest first; per document in the order of its versions. */
export interface Outbox {
  unsent(limit: number): Promise<readonly (OutboxEvent & { readonly sequence: number })[]>;
  markSent(sequences: readonly number[], sentAt: Date): Promise<void>;
  /** Makes those sent since then unsent again: the bus may have lost them. Returns how many. */
  resend(sentSince: Date): Promise<number>;
  prune(sentBefore: Date): Promise<number>;
  /** Called after a commit that stored events. Returns the unsubscribe function. */
  onAppend(listener: () => void): () => void;
}

export interface DocumentStore {
  collection<Body extends object>(definition: CollectionDefinition<Body>): Collection<Body>;
  /**
   * Reads a document with the one whose id its field `by` holds, in one round trip, both as `get` brings them. Made once for what is read
   * again and again.
   *
   * @throws TypeError where that field holds anything but strings
   */
  join<From extends object, To extends object>(
    from: CollectionDefinition<From>,
    by: keyof From & string,
    to: CollectionDefinition<To>,
  ): (id: string) => Promise<Joined<From, To> | null>;
  /**
   * Executes the writes in order in one commit. Each is atomic by itself; the first that fails ends the call with its
   * StoreError (detail.index says which) and the later ones are not executed; the earlier ones stay. A crash leaves
   * a prefix.
   */
  writeMany(writes: readonly Write[]): Promise<readonly unknown[]>;
  readonly outbox: Outbox;
  /** Rejects when a write could not be stored now. For readiness. */
  check(): Promise<void>;
  /** Figures for the cost tests and metrics: committed documents and durable commits since the start. */
  readonly counters: { readonly documentWrites: number; readonly durableCommits: number };
  close(): Promise<void>;
}
