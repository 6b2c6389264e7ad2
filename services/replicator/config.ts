import { PLATFORM_KEY_RULE } from '@berth/access';
import { BusSettings } from '@berth/bus';
import { HttpListen, loadSettings, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';

/** The settings of replicator, by environment variable. */
export const ReplicatorSettings = Type.Object({
  BERTH_HTTP_LISTEN: HttpListen,
  ...BusSettings.properties,
  BERTH_DATABASE_URL: Setting.string({
    description: 'sqlite:/absolute/path/replicator.db, or mongodb://host/berth_replicator',
    isSecret: true,
  }),
  BERTH_PLATFORM_KEY: Setting.string({
    description: '32 bytes in base64 or in hex; encrypts stored secrets',
    pattern: '^\\s*([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)\\s*$',
    rule: PLATFORM_KEY_RULE,
    isSecret: true,
  }),
  BERTH_DISTRIBUTION_URL: Setting.string({
    description: 'where distribution-api answers, without the gateway: http://distribution-api:8080',
    pattern: '^https?://[^/]+/?$',
  }),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '127.0.0.1/32, ::1/128' }),
  BERTH_OUTBOUND_ALLOW_CIDRS: Setting.list({ default: '' }),
  BERTH_REPLICATION_RETRY_PAUSE: Setting.duration({ default: '5s', minimum: 10, maximum: 3_600_000 }),
});
export type ReplicatorSettings = Static<typeof ReplicatorSettings>;

/** SettingsError with everything that is wrong. */
export function readSettings(): ReplicatorSettings {
  return loadSettings(ReplicatorSettings, process.env);
}
