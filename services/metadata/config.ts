import { BusSettings } from '@berth/bus';
import { HttpListen, loadSettings, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';

/** The settings of metadata, by environment variable. */
export const MetadataSettings = Type.Object({
  BERTH_HTTP_LISTEN: HttpListen,
  ...BusSettings.properties,
  BERTH_DATABASE_URL: Setting.string({
    description: 'sqlite:/absolute/path/metadata.db, or mongodb://host/berth_metadata',
    isSecret: true,
  }),
  BERTH_PUBLIC_URL: Setting.optional(Setting.string()),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '127.0.0.1/32, ::1/128' }),
  BERTH_SWEEP_GRACE: Setting.duration({ default: '24h', minimum: 1 }),
  /** Copies of distribution-api remember for a second where blobs are. */
  BERTH_SWEEP_QUARANTINE: Setting.duration({ default: '1h', minimum: 1_000 }),
  BERTH_UPLOAD_TTL: Setting.duration({ default: '24h', minimum: 1 }),
  BERTH_UPLOAD_LEASE: Setting.duration({ default: '30s', minimum: 100 }),
  BERTH_RECYCLE_BIN: Setting.duration({
    default: '7d',
    minimum: 0,
    description: 'how long a deleted artifact can be restored, its blobs being kept; 0s: not at all',
  }),
  BERTH_REPAIR_AFTER: Setting.duration({ default: '2m', minimum: 1 }),
});
export type MetadataSettings = Static<typeof MetadataSettings>;

/** SettingsError with everything that is wrong. */
export function readSettings(): MetadataSettings {
  return loadSettings(MetadataSettings, process.env);
}
