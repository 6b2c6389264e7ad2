import { compareScalars } from '../binary-order.ts';
import { decodeCursor, invalid, queryFingerprint } from '../cursor.ts';
import type { PageQuery, Scalar } from '../port.ts';
import { type CollectionLayout, columnOf, sqlValue } from './collection-layout.ts';
import { quoted } from './define-collection.ts';

/** How many documents a page with `contains` looks at, at most. */
export const SCAN_LIMIT = 1_000;
const PAGE_LIMIT = 10_000;

export interface PageStatement {
  /** Yields id, version, body (null where `contains` does not match), then the fields of the position. */
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
  readonly fingerprint: string;
}

interface Source {
  readonly from: string;
  readonly fields: readonly string[];
  /** SQL of a field of the index, or of the id. */
  readonly column: (field: string) => string;
  readonly isPartial: boolean;
}

/**
 * A page in SQL: equality on a prefix of the index, then everything behind the cursor, so that each page costs what it
 * brings. TypeError for a query that does not fit the declaration; StoreError CURSOR_INVALID.
 */
export function pageStatement(layout: CollectionLayout, query: PageQuery): PageStatement {
  const { range, contains, limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_LIMIT) {
    throw new TypeError(`${layout.name}: the limit ${limit} of a page is not within 1 and ${PAGE_LIMIT}`);
  }
  const source = sourceOf(layout, query.index);
  const equals = Object.entries(query.equals ?? {});
  const prefix = source.fields.slice(0, equals.length);
  const values = prefix.map((field) => query.equals?.[field]);
  if (equals.length > source.fields.length || values.includes(undefined)) {
    throw new TypeError(
      `${layout.name}: ${Object.keys(query.equals ?? {})} is no prefix of the index ${query.index}`,
    );
  }
  const ordered = source.fields.slice(prefix.length);
  if (ordered.at(-1) !== 'id') {
    ordered.push('id');
  }
  const first = ordered[0] ?? 'id';
  if (range !== undefined && prefix.length === source.fields.length) {
    throw new TypeError(`${layout.name}: the index ${query.index} has no field left for a range`);
  }
  const bounds = tightest(range);
  const fingerprint = queryFingerprint(layout.name, query, values as Scalar[]);

  const conditions = prefix.map((field) => `${source.column(field)} = ?`);
  const parameters = prefix.map((field) => sqlValue(query.equals?.[field] ?? '', field));
  if (query.after !== undefined) {
    const position = decodeCursor(query.after, fingerprint, ordered.length);
    if (!isWithin(position[0] ?? '', bounds)) {
      throw invalid(query.after);
    }
    conditions.push(
      `(${ordered.map(source.column)}) ${query.descending ? '<' : '>'} (${ordered.map(() => '?')})`,
    );
    parameters.push(...position.map((value) => sqlValue(value, 'after')));
  }
  // Behind a cursor the bound on its side says nothing more, and must not be what the search starts from.
  const skipped = query.after === undefined ? undefined : query.descending ? bounds.high : bounds.low;
  for (const bound of [bounds.low, bounds.high]) {
    if (bound !== undefined && bound !== skipped) {
      conditions.push(`${source.column(first)} ${bound.operator} ?`);
      parameters.push(sqlValue(bound.value, first));
    }
  }
  if (source.isPartial) {
    conditions.push(...ordered.slice(0, -1).map((field) => `${source.column(field)} IS NOT NULL`));
  }
  const hit = contains === undefined ? undefined : `instr(${searched(layout, contains.field)}, ?) > 0`;
  const sql =
    `SELECT d.id, d.version, ${hit === undefined ? 'd.body' : `CASE WHEN ${hit} THEN d.body END`}` +
    `, ${ordered.map(source.column)} FROM ${source.from}` +
    `${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}` +
    ` ORDER BY ${ordered.map((field) => `${source.column(field)}${query.descending ? ' DESC' : ''}`)} LIMIT ?`;
  return {
    sql,
    parameters: [
      ...(contains === undefined ? [] : [contains.text]),
      ...parameters,
      (contains === undefined ? limit : SCAN_LIMIT) + 1,
    ],
    fingerprint,
  };
}

function sourceOf(layout: CollectionLayout, name: string): Source {
  const table = quoted(layout.table);
  if (name === 'id') {
    return { from: `${table} AS d`, fields: ['id'], column: () => 'd.id', isPartial: false };
  }
  const list = layout.listIndexes.find((index) => index.name === name);
  if (list !== undefined) {
    return {
      from: `${quoted(list.table)} AS l CROSS JOIN ${table} AS d ON d.id = l.id`,
      fields: list.fields,
      column: (field) => (field === 'id' ? 'l.id' : `l.${columnOf(field)}`),
      isPartial: false,
    };
  }
  const index = layout.indexes.find((plain) => plain.name === name);
  if (index === undefined) {
    throw new TypeError(`The collection ${layout.name} declares no index "${name}"`);
  }
  return {
    from: `${table} AS d INDEXED BY ${quoted(index.sqlName)}`,
    fields: index.fields,
    column: (field) => (field === 'id' ? 'd.id' : `d.${columnOf(field)}`),
    isPartial: true,
  };
}

function searched(layout: CollectionLayout, field: string): string {
  return layout.columns.includes(field) ? `d.${columnOf(field)}` : `json_extract(d.body, '$."${field}"')`;
}

interface Bound {
  readonly operator: '>' | '>=' | '<' | '<=';
  readonly value: Scalar;
}

interface Bounds {
  readonly low?: Bound | undefined;
  readonly high?: Bound | undefined;
}

function tightest(range: PageQuery['range'] = {}): Bounds {
  const { gt, gte, lt, lte } = range;
  return {
    low:
      gt !== undefined && (gte === undefined || compareScalars(gt, gte) >= 0)
        ? { operator: '>', value: gt }
        : gte === undefined
          ? undefined
          : { operator: '>=', value: gte },
    high:
      lt !== undefined && (lte === undefined || compareScalars(lt, lte) <= 0)
        ? { operator: '<', value: lt }
        : lte === undefined
          ? undefined
          : { operator: '<=', value: lte },
  };
}

function isWithin(value: Scalar, { low, high }: Bounds): boolean {
  const above = low === undefined ? 1 : compareScalars(value, low.value);
  const below = high === undefined ? -1 : compareScalars(value, high.value);
  return (
    (above > 0 || (above === 0 && low?.operator === '>=')) &&
    (below < 0 || (below === 0 && high?.operator === '<='))
  );
}
