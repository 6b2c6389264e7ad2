import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { PageQuery, Scalar } from './port.ts';
import { StoreError } from './store-error.ts';

/**
 * Names a query, its limit aside: a cursor goes on only in the query that it came from. `equals` is taken in the
 * order of the index's fields, so that the order in which a caller writes them does not matter.
 */
export function queryFingerprint(collection: string, query: PageQuery, equals: readonly Scalar[]): string {
  const { range, contains } = query;
  const parts = [
    collection,
    query.index,
    equals,
    range === undefined ? null : [range.gt ?? null, range.gte ?? null, range.lt ?? null, range.lte ?? null],
    query.descending === true,
    contains === undefined ? null : [contains.field, contains.text],
  ];
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 12);
}

/** The position behind a document: the values of its index fields after the equality prefix, then its id. */
export function encodeCursor(fingerprint: string, position: readonly Scalar[]): string {
  return Buffer.from(JSON.stringify([fingerprint, ...position])).toString('base64url');
}

/** The position in a cursor of this query; StoreError CURSOR_INVALID for anything else. `length` counts the id. */
export function decodeCursor(cursor: string, fingerprint: string, length: number): readonly Scalar[] {
  const decoded = parse(cursor);
  if (!Array.isArray(decoded) || decoded[0] !== fingerprint || decoded.length !== length + 1) {
    throw invalid(cursor);
  }
  const position: unknown[] = decoded.slice(1);
  if (!position.every(isScalar) || typeof position.at(-1) !== 'string') {
    throw invalid(cursor);
  }
  return position;
}

export function invalid(cursor: string): StoreError {
  return new StoreError(
    'CURSOR_INVALID',
    `The cursor "${cursor.slice(0, 100)}" does not belong to this query; start again without one`,
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
