import { BusSettings } from '@berth/bus';
import { HttpListen, loadSettings, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';

/** The settings of retention-cleaner, by environment variable. */
export const RetentionCleanerSettings = Type.Object({
  BERTH_HTTP_LISTEN: HttpListen,
  ...BusSettings.properties,
  BERTH_DATABASE_URL: Setting.string({
    description: 'sqlite:/absolute/path/retention-cleaner.db, or mongodb://host/berth_retention-cleaner',
    isSecret: true,
  }),
  BERTH_STORAGE_URL: Setting.string({
    description: 'file:/absolute/folder or s3://bucket/prefix',
    isSecret: true,
  }),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '127.0.0.1/32, ::1/128' }),
  BERTH_SWEEP_INTERVAL: Setting.duration({ default: '1h', minimum: 100 }),
  /** Also how long what a writer left beside its key stays. */
  BERTH_SWEEP_GRACE: Setting.duration({ default: '24h', minimum: 1 }),
  BERTH_SWEEP_RATE: Setting.integer({
    default: '500',
    minimum: 0,
    description: 'documents and keys that a sweep handles a second, at most; 0: as fast as it can',
  }),
});
export type RetentionCleanerSettings = Static<typeof RetentionCleanerSettings>;

/** SettingsError with everything that is wrong. */
export function readSettings(): RetentionCleanerSettings {
  return loadSettings(RetentionCleanerSettings, process.env);
}
