import type { Binary, Document } from 'mongodb';
import { isName } from '../declaration.ts';
import type { Scalar, Stored } from '../port.ts';
import { requireWellFormed } from '../well-formed.ts';

/** An event as a document keeps it. */
export interface StoredEvent {
  readonly sequence: number;
  readonly id: string;
  readonly subject: string;
  readonly payload: string;
  /** Of the document, by the write that the event tells of. */
  readonly version: number;
}

export interface SentEvent extends StoredEvent {
  readonly sentAt: Date;
}

/** A document as it lies in its collection. One that was removed stays for a while without what it held. */
export interface StoredDocument extends Document {
  readonly _id: string;
  readonly version: number;
  readonly removedAt?: Date;
  /** The fields that an index can be on: strings, numbers, booleans, lists of strings. */
  readonly body?: Readonly<Record<string, NativeValue>>;
  /** The other fields, as JSON text: so that they are read exactly as they were written. */
  readonly json?: string;
  readonly bytes?: Binary;
  /** Its own id, by each unique set of which it has some fields and lacks others: see `collection-layout.ts`. */
  readonly lacking?: Readonly<Record<string, string>>;
  /** What the last writes called themselves, by which one whose answer was lost knows its own. */
  readonly writes?: readonly string[];
  /** Events that wait for the bus, in the order of their versions. */
  readonly events?: readonly StoredEvent[];
  /** The version of the first of them. */
  readonly unsent?: number;
  /** Events that were sent, until they are pruned. */
  readonly sentEvents?: readonly SentEvent[];
  /** When the first of them was. */
  readonly sentFrom?: Date;
  /** Grows with each change of the events that is no write of the document. */
  readonly relayed?: number;
}

type NativeValue = Scalar | readonly string[];

/** What a read brings: events and what the store keeps for itself stay where they are. */
export const READ = { version: 1, removedAt: 1, body: 1, json: 1, bytes: 1 } as const;
export const READ_WITHOUT_BYTES = { version: 1, removedAt: 1, body: 1, json: 1 } as const;
export const READ_ID = { removedAt: 1 } as const;

export interface EncodedBody {
  readonly body: Readonly<Record<string, NativeValue>>;
  readonly json?: string | undefined;
}

/**
 * A body's fields, given as JSON, as they are stored. StoreError BODY_INVALID when one of `indexed` holds broken Unicode:
 * as UTF-8 all such strings would be the same.
 */
export function encodeBody(text: string, indexed: ReadonlySet<string>): EncodedBody {
  const plain: Record<string, unknown> = JSON.parse(text);
  const body: Record<string, NativeValue> = {};
  const others: [string, unknown][] = [];
  for (const [field, value] of Object.entries(plain)) {
    if (indexed.has(field)) {
      for (const text of [value].flat()) {
        if (typeof text === 'string') requireWellFormed(text, field);
      }
    }
    if (isName(field) && isNative(value)) body[field] = value;
    else others.push([field, value]);
  }
  const json = others.length === 0 ? undefined : JSON.stringify(Object.fromEntries(others));
  return { body, json };
}

function isNative(value: unknown): value is NativeValue {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string' && item.isWellFormed());
  return typeof value === 'number' || typeof value === 'boolean';
}

/** About as many bytes as its JSON has. */
export function sizeOf({ body = {}, json = '' }: StoredDocument): number {
  const texts = Object.values(body).flat();
  return texts.reduce(
    (size: number, text) => size + (typeof text === 'string' ? text.length : 8),
    json.length,
  );
}

/** The document as callers know it. What is counted lies in `body`, which therefore goes over `json`. */
export function decodeDocument<Result extends Stored>(
  { _id, version, body, json, bytes }: StoredDocument,
  bytesField: string | undefined,
): Result {
  const others: object = json === undefined ? {} : JSON.parse(json);
  const document: Record<string, unknown> = { ...others, ...body, id: _id, version };
  // A copy: the view would keep the whole answer of the server.
  if (bytesField !== undefined && bytes !== undefined) document[bytesField] = Uint8Array.from(bytes.buffer);
  return document as unknown as Result;
}
