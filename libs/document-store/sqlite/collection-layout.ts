import { checkDeclaration } from '../declaration.ts';
import type { CollectionDefinition, Scalar } from '../port.ts';
import { requireWellFormed } from '../well-formed.ts';

export type SqlValue = string | number | null;

/** An index on the collection's own table. `column` of a field is `columnOf(field)`. */
export interface PlainIndex {
  readonly name: string;
  readonly sqlName: string;
  readonly fields: readonly string[];
}

/** An index on a list field: a table with one row per entry of the list, (entry, further fields, id). */
export interface ListIndex {
  readonly name: string;
  readonly table: string;
  readonly fields: readonly string[];
}

/** How a collection lies in the file: plain data, known alike to both threads. */
export interface CollectionLayout {
  readonly name: string;
  readonly table: string;
  /** Fields that have a column of their own besides the body. */
  readonly columns: readonly string[];
  readonly uniques: readonly PlainIndex[];
  readonly indexes: readonly PlainIndex[];
  readonly listIndexes: readonly ListIndex[];
}

/** Lays out a declaration; a TypeError says what is wrong with it. */
export function layoutOf<Body extends object>(definition: CollectionDefinition<Body>): CollectionLayout {
  checkDeclaration(definition);
  const { name } = definition;
  const uniques = Object.entries(definition.unique ?? {}).map(([index, fields]) => ({
    name: index,
    sqlName: `${name}!${index}`,
    fields,
  }));
  const indexes: PlainIndex[] = [];
  const listIndexes: ListIndex[] = [];
  for (const [index, declared] of Object.entries(definition.indexes ?? {})) {
    const fields = declared.map(({ field }) => field);
    if (declared[0]?.list) {
      listIndexes.push({ name: index, table: `${name}@${index}`, fields });
    } else {
      indexes.push({ name: index, sqlName: `${name}.${index}`, fields });
    }
  }
  const columns = [...new Set([...uniques, ...indexes].flatMap(({ fields }) => fields))].sort();
  return { name, table: name, columns, uniques, indexes, listIndexes };
}

/** Columns of indexed fields are apart from `id`, `version`, `body` and `bytes`. */
export function columnOf(field: string): string {
  return `"f_${field}"`;
}

/** What an index holds of a field: null when the document lacks it. StoreError BODY_INVALID for broken Unicode. */
export function indexedValue(body: object, field: string): SqlValue {
  const value: unknown = (body as Record<string, unknown>)[field];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? sqlValue(value, field)
    : null;
}

/** StoreError BODY_INVALID for strings with lone surrogates: as UTF-8 they would all be the same. */
export function sqlValue(value: Scalar, field: string): string | number {
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  if (typeof value === 'string') {
    requireWellFormed(value, field);
  }
  return value;
}

/** The values of `layout.columns`, in that order. */
export function columnValues(layout: CollectionLayout, body: object): SqlValue[] {
  return layout.columns.map((field) => indexedValue(body, field));
}

/** The rows that a document has in a list index: (entry, further fields); the id follows when they are written. */
export function listRows(index: ListIndex, body: object): SqlValue[][] {
  const [listField = '', ...others] = index.fields;
  const list: unknown = (body as Record<string, unknown>)[listField];
  if (!Array.isArray(list) || list.length === 0) {
    return [];
  }
  const rest = others.map((field) => indexedValue(body, field));
  if (rest.includes(null)) {
    return [];
  }
  const entries = new Set(list.filter((entry) => typeof entry === 'string'));
  return [...entries].map((entry) => [sqlValue(entry, listField), ...rest]);
}
