import type { DatabaseSync } from 'node:sqlite';
import { type CollectionLayout, columnOf, type ListIndex, type PlainIndex } from './collection-layout.ts';

/**
 * Makes what the declaration asks for and the file lacks, and drops what is declared no more: columns are added and
 * filled from the bodies, indexes built. Throws when a new unique index does not hold for what is stored.
 */
export function defineCollection(database: DatabaseSync, layout: CollectionLayout): void {
  const table = quoted(layout.table);
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (` +
      '"row" INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, body TEXT NOT NULL, bytes BLOB)',
  );
  addColumns(database, layout);
  const indexes = new Map([
    ...layout.uniques.map((index) => [index.sqlName, uniqueSql(layout, index)] as const),
    ...layout.indexes.map((index) => [index.sqlName, indexSql(layout, index)] as const),
  ]);
  const stored = storedObjects(database, layout);
  for (const [name, { type, sql }] of stored) {
    const wanted = type === 'index' ? indexes.get(name) : listSql(layout, name);
    if (sql !== wanted) {
      database.exec(`DROP ${type} ${quoted(name)}`);
      stored.delete(name);
    }
  }
  for (const [name, sql] of indexes) {
    if (!stored.has(name)) {
      database.exec(sql);
    }
  }
  for (const index of layout.listIndexes) {
    if (!stored.has(index.table)) {
      database.exec(listTableSql(index));
      fillList(database, { layout, index });
    }
  }
}

function addColumns(database: DatabaseSync, layout: CollectionLayout): void {
  const table = quoted(layout.table);
  const present = new Set(
    database
      .prepare(`SELECT name FROM pragma_table_info(?)`)
      .all(layout.table)
      .map(({ name }) => `"${name}"`),
  );
  const missing = layout.columns.filter((field) => !present.has(columnOf(field)));
  for (const field of missing) {
    database.exec(`ALTER TABLE ${table} ADD COLUMN ${columnOf(field)}`);
  }
  if (missing.length > 0) {
    const settings = missing.map((field) => `${columnOf(field)} = ${extraction(field)}`);
    database.exec(`UPDATE ${table} SET ${settings.join(', ')}`);
  }
}

/** Indexes and list tables of the collection that are in the file. */
function storedObjects(database: DatabaseSync, layout: CollectionLayout) {
  const rows = database
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND (
         (type = 'index' AND tbl_name = :table) OR (type = 'table' AND substr(name, 1, length(:table) + 1) = :table || '@'))`,
    )
    .all({ table: layout.table });
  return new Map(rows.map(({ type, name, sql }) => [String(name), { type: String(type), sql: String(sql) }]));
}

function uniqueSql(layout: CollectionLayout, { sqlName, fields }: PlainIndex): string {
  const columns = fields.map(columnOf);
  return `CREATE UNIQUE INDEX ${quoted(sqlName)} ON ${quoted(layout.table)} (${columns.join(', ')}) WHERE ${present(columns)}`;
}

function indexSql(layout: CollectionLayout, { sqlName, fields }: PlainIndex): string {
  const columns = fields.map(columnOf);
  return `CREATE INDEX ${quoted(sqlName)} ON ${quoted(layout.table)} (${columns.join(', ')}, id) WHERE ${present(columns)}`;
}

function present(columns: readonly string[]): string {
  return columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
}

function listSql(layout: CollectionLayout, table: string): string | undefined {
  const index = layout.listIndexes.find((list) => list.table === table);
  return index === undefined ? undefined : listTableSql(index);
}

function listTableSql({ table, fields }: ListIndex): string {
  const columns = fields.map(columnOf);
  return `CREATE TABLE ${quoted(table)} (${columns.join(', ')}, id TEXT, PRIMARY KEY (${columns.join(', ')}, id)) WITHOUT ROWID`;
}

function fillList(
  database: DatabaseSync,
  { layout, index }: { layout: CollectionLayout; index: ListIndex },
): void {
  const [listField = '', ...others] = index.fields;
  const rest = others.map(extraction);
  const conditions = ["entry.type = 'text'", ...rest.map((value) => `${value} IS NOT NULL`)];
  database.exec(
    `INSERT OR IGNORE INTO ${quoted(index.table)} SELECT ${['entry.value', ...rest].join(', ')}, document.id
       FROM ${quoted(layout.table)} AS document, json_each(body, '$."${listField}"') AS entry
       WHERE json_type(body, '$."${listField}"') = 'array' AND ${conditions.join(' AND ')}`,
  );
}

/** As `indexedValue`, in SQL. */
function extraction(field: string): string {
  const path = `'$."${field}"'`;
  return `CASE WHEN json_type(body, ${path}) IN ('text', 'integer', 'real', 'true', 'false') THEN json_extract(body, ${path}) END`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}
