import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { compareScalars } from '../binary-order.ts';
import { StoreError } from '../store-error.ts';
import {
  type CollectionLayout,
  columnOf,
  columnValues,
  type ListIndex,
  listRows,
  type SqlValue,
} from './collection-layout.ts';
import { quoted } from './define-collection.ts';
import type { WriteRow } from './write-protocol.ts';

type Put = Extract<WriteRow, { kind: 'insert' | 'replace' }>;
type Increment = Extract<WriteRow, { kind: 'increment' }>;

/** Executes mutations of one collection inside the transaction of the caller. */
export interface CollectionWriter {
  /** StoreError ID_TAKEN, UNIQUE_TAKEN, VERSION_CONFLICT: then nothing of this mutation was done. */
  execute(row: WriteRow): void;
}

export function createCollectionWriter(database: DatabaseSync, layout: CollectionLayout): CollectionWriter {
  const table = quoted(layout.table);
  const columns = layout.columns.map(columnOf);
  const hasLists = layout.listIndexes.length > 0;
  const lists = layout.listIndexes.map((index) => createListWriter(database, index));
  const updates = new Map<string, StatementSync>();
  const insertion = database.prepare(
    `INSERT INTO ${table} (${['id', 'version', 'body', 'bytes', ...columns].join(', ')})
       VALUES (${Array(columns.length + 4)
         .fill('?')
         .join(', ')}) ON CONFLICT DO NOTHING`,
  );
  const selection = database.prepare(
    `SELECT ${['version', hasLists ? 'body' : 'NULL AS body', ...columns].join(', ')} FROM ${table} WHERE id = ?`,
    { returnArrays: true },
  );
  const bodySelection = database.prepare(`SELECT version, body FROM ${table} WHERE id = ?`);
  const removal = database.prepare(`DELETE FROM ${table} WHERE id = ?`);
  const uniques = layout.uniques.map(({ name, fields }) => ({
    name,
    positions: fields.map((field) => layout.columns.indexOf(field)),
    selection: database.prepare(
      `SELECT id FROM ${table} WHERE ${fields.map((field) => `${columnOf(field)} = ?`).join(' AND ')} AND id <> ?`,
    ),
  }));

  function execute(row: WriteRow): void {
    switch (row.kind) {
      case 'insert':
        insert(row);
        break;
      case 'replace':
        replace(row);
        break;
      case 'remove':
        remove(row);
        break;
      case 'increment':
        increment(row);
    }
  }

  function insert(row: Put): void {
    const { changes } = insertion.run(row.id, row.version, row.body, row.bytes, ...row.columns);
    if (changes === 0) {
      throw bodySelection.get(row.id) === undefined
        ? uniqueTaken(row)
        : new StoreError('ID_TAKEN', `${layout.name} "${row.id}" exists already`, { detail: { id: row.id } });
    }
    lists.forEach((list, index) => {
      list.change(row.id, [], row.lists[index] ?? []);
    });
  }

  function replace(row: Put): void {
    const { body, values } = current(row);
    const changed = columns.flatMap((_, index) => (values[index] === row.columns[index] ? [] : [index]));
    const parameters = changed.map((index) => row.columns[index] ?? null);
    if (row.bytes !== null) {
      parameters.unshift(row.bytes as never);
    }
    const { changes } = updateOf(changed, row.bytes !== null).run(
      row.version,
      row.body,
      ...parameters,
      row.id,
    );
    if (changes === 0) {
      throw uniqueTaken(row);
    }
    lists.forEach((list, index) => {
      list.change(row.id, list.rowsOf(body), row.lists[index] ?? []);
    });
  }

  function remove(row: Extract<WriteRow, { kind: 'remove' }>): void {
    const { body } = current(row);
    removal.run(row.id);
    for (const list of lists) {
      list.change(row.id, list.rowsOf(body), []);
    }
  }

  function increment(row: Increment): void {
    const stored = bodySelection.get(row.id);
    const body = incremented(stored === undefined ? {} : JSON.parse(String(stored.body)), row);
    const put: Put = {
      ...row,
      kind: 'replace',
      expectedVersion: Number(stored?.version),
      body: JSON.stringify(body),
      columns: columnValues(layout, body),
      lists: layout.listIndexes.map((index) => listRows(index, body)),
      bytes: null,
      events: [],
    };
    if (stored === undefined) {
      insert(put);
    } else {
      replace(put);
    }
  }

  /** The stored document; a StoreError when it is not the one that the caller knows. The body only for list indexes. */
  function current(row: { id: string; expectedVersion: number }): { body: object; values: SqlValue[] } {
    const found = selection.get(row.id) as SqlValue[] | undefined;
    if (found === undefined || found[0] !== row.expectedVersion) {
      const what = found === undefined ? 'is gone' : `has version ${found[0]}`;
      throw new StoreError(
        'VERSION_CONFLICT',
        `${layout.name} "${row.id}" ${what}, expected ${row.expectedVersion}`,
        { detail: { id: row.id } },
      );
    }
    const body = found[1];
    return { body: typeof body === 'string' ? JSON.parse(body) : {}, values: found.slice(2) };
  }

  /** Sets only the columns that change: indexes on the others are then not written. */
  function updateOf(changed: readonly number[], hasBytes: boolean): StatementSync {
    const key = `${hasBytes} ${changed}`;
    const known = updates.get(key);
    if (known !== undefined) {
      return known;
    }
    const set = [
      'version',
      'body',
      ...(hasBytes ? ['bytes'] : []),
      ...changed.map((index) => columns[index]),
    ];
    const statement = database.prepare(
      `UPDATE OR IGNORE ${table} SET ${set.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
    );
    updates.set(key, statement);
    return statement;
  }

  function uniqueTaken(row: Put): StoreError {
    for (const { name, positions, selection: others } of uniques) {
      const values = positions.map((position) => row.columns[position] ?? null);
      const other = values.includes(null) ? undefined : others.get(...values, row.id);
      if (other !== undefined) {
        return new StoreError(
          'UNIQUE_TAKEN',
          `${layout.name} "${other.id}" has ${name} ${JSON.stringify(values)} already`,
          { detail: { unique: name, id: other.id } },
        );
      }
    }
    return new StoreError('UNAVAILABLE', `${layout.name} "${row.id}" could not be written`);
  }

  return { execute };
}

function incremented(body: Record<string, unknown>, { increments, maxima }: Increment): object {
  for (const [field, by] of Object.entries(increments)) {
    const before = body[field];
    body[field] = (typeof before === 'number' ? before : 0) + by;
  }
  for (const [field, value] of Object.entries(maxima)) {
    const before = body[field];
    const isKnown = typeof before === 'number' || typeof before === 'string';
    body[field] = isKnown && compareScalars(before, value) > 0 ? before : value;
  }
  return body;
}

function createListWriter(database: DatabaseSync, index: ListIndex) {
  const columns = [...index.fields.map(columnOf), 'id'];
  const table = quoted(index.table);
  const insertion = database.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`);
  const removal = database.prepare(
    `DELETE FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(' AND ')}`,
  );
  return {
    rowsOf: (body: object) => listRows(index, body),
    /** Only rows that differ are written. */
    change(id: string, before: readonly (readonly SqlValue[])[], after: readonly (readonly SqlValue[])[]) {
      const kept = new Set(after.map(rowKey));
      const present = new Set(before.map(rowKey));
      for (const row of before) {
        if (!kept.has(rowKey(row))) {
          removal.run(...row, id);
        }
      }
      for (const row of after) {
        if (!present.has(rowKey(row))) {
          insertion.run(...row, id);
        }
      }
    },
  };
}

function rowKey(row: readonly SqlValue[]): string {
  return JSON.stringify(row);
}
