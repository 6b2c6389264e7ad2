import { MAX_TOKEN_LIFETIME_SECONDS, PLATFORM_KEY_RULE } from '@berth/access';
import { BusSettings } from '@berth/bus';
import { HttpListen, loadSettings, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** The settings of auth-token, by environment variable. */
export const AuthTokenSettings = Type.Object({
  BERTH_HTTP_LISTEN: HttpListen,
  ...BusSettings.properties,
  BERTH_DATABASE_URL: Setting.string({
    description: 'sqlite:/absolute/path/auth-token.db, or mongodb://host/berth_auth-token',
    isSecret: true,
  }),
  BERTH_ADMIN_PASSWORD: Setting.optional(Setting.string({ isSecret: true })),
  BERTH_PLATFORM_KEY: Setting.string({
    description: '32 bytes in base64 or in hex; encrypts stored secrets',
    pattern: '^\\s*([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)\\s*$',
    rule: PLATFORM_KEY_RULE,
    isSecret: true,
  }),
  BERTH_TOKEN_LIFETIME: Setting.duration({
    default: '5m',
    minimum: SECOND_MS,
    maximum: MAX_TOKEN_LIFETIME_SECONDS * SECOND_MS,
  }),
  BERTH_SIGNING_KEY_LIFETIME: Setting.duration({ default: '30d', minimum: HOUR_MS }),
  BERTH_AUDIT_RETENTION: Setting.duration({ default: '90d', minimum: HOUR_MS }),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '127.0.0.1/32, ::1/128' }),
});
export type AuthTokenSettings = Static<typeof AuthTokenSettings>;

/** SettingsError with everything that is wrong. */
export function readSettings(): AuthTokenSettings {
  return loadSettings(AuthTokenSettings, process.env);
}
