import { planPage } from '../page-plan.ts';
import type { PageQuery } from '../port.ts';
import { type CollectionLayout, columnOf, sqlValue } from './collection-layout.ts';
import { quoted } from './define-collection.ts';

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
  readonly isList: boolean;
}

/**
 * A page in SQL: equality on a prefix of the index, then everything behind the cursor, so that each page costs what it
 * brings. TypeError for a query that does not fit the declaration; StoreError CURSOR_INVALID.
 */
export function pageStatement(layout: CollectionLayout, query: PageQuery): PageStatement {
  const source = sourceOf(layout, query.index);
  const plan = planPage({ collection: layout.name, fields: source.fields, isList: source.isList }, query);
  const { prefix, ordered, position, low, high, fingerprint } = plan;
  const { contains } = query;
  const first = ordered[0] ?? 'id';

  const conditions = prefix.map(({ field }) => `${source.column(field)} = ?`);
  const parameters = prefix.map(({ field, value }) => sqlValue(value, field));
  if (position !== undefined) {
    conditions.push(
      `(${ordered.map(source.column)}) ${query.descending ? '<' : '>'} (${ordered.map(() => '?')})`,
    );
    parameters.push(...position.map((value) => sqlValue(value, 'after')));
  }
  // Behind a cursor the bound on its side says nothing more, and must not be what the search starts from.
  const skipped = position === undefined ? undefined : query.descending ? high : low;
  for (const bound of [low, high]) {
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
    parameters: [...(contains === undefined ? [] : [contains.text]), ...parameters, plan.lookAt + 1],
    fingerprint,
  };
}

function sourceOf(layout: CollectionLayout, name: string): Source {
  const table = quoted(layout.table);
  if (name === 'id') {
    return { from: `${table} AS d`, fields: ['id'], column: () => 'd.id', isPartial: false, isList: false };
  }
  const list = layout.listIndexes.find((index) => index.name === name);
  if (list !== undefined) {
    return {
      from: `${quoted(list.table)} AS l CROSS JOIN ${table} AS d ON d.id = l.id`,
      fields: list.fields,
      column: (field) => (field === 'id' ? 'l.id' : `l.${columnOf(field)}`),
      isPartial: false,
      isList: true,
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
    isList: false,
  };
}

function searched(layout: CollectionLayout, field: string): string {
  return layout.columns.includes(field) ? `d.${columnOf(field)}` : `json_extract(d.body, '$."${field}"')`;
}
