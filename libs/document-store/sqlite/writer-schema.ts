import type { DatabaseSync } from 'node:sqlite';

/** The tables that every file has: what was issued last, and the events that wait for the bus. */
export function createStoreTables(database: DatabaseSync): void {
  database.exec(`
    BEGIN;
    CREATE TABLE IF NOT EXISTS berth_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT OR IGNORE INTO berth_meta VALUES ('format', 1), ('version', 0), ('checked', 0);
    CREATE TABLE IF NOT EXISTS berth_outbox (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL, sent_at INTEGER
    );
    CREATE INDEX IF NOT EXISTS berth_outbox_unsent ON berth_outbox (sequence) WHERE sent_at IS NULL;
    CREATE INDEX IF NOT EXISTS berth_outbox_sent ON berth_outbox (sent_at) WHERE sent_at IS NOT NULL;
    COMMIT;
  `);
  const format = database.prepare("SELECT value FROM berth_meta WHERE name = 'format'").get();
  if (format?.value !== 1) {
    throw new Error(`the file has format ${String(format?.value)}, this program reads format 1`);
  }
}
