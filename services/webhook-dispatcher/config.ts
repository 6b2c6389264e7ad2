import { PLATFORM_KEY_RULE } from '@berth/access';
import { BusSettings } from '@berth/bus';
import { HttpListen, loadSettings, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';

const DAY_MS = 24 * 3_600_000;

/** The settings of webhook-dispatcher, by environment variable. */
export const WebhookDispatcherSettings = Type.Object({
  BERTH_HTTP_LISTEN: HttpListen,
  ...BusSettings.properties,
  BERTH_DATABASE_URL: Setting.string({
    description: 'sqlite:/absolute/path/webhook-dispatcher.db, or mongodb://host/berth_webhook-dispatcher',
    isSecret: true,
  }),
  BERTH_PLATFORM_KEY: Setting.string({
    description: '32 bytes in base64 or in hex; encrypts stored secrets',
    pattern: '^\\s*([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)\\s*$',
    rule: PLATFORM_KEY_RULE,
    isSecret: true,
  }),
  BERTH_PUBLIC_URL: Setting.optional(Setting.string()),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '127.0.0.1/32, ::1/128' }),
  BERTH_OUTBOUND_ALLOW_CIDRS: Setting.list({ default: '' }),
  BERTH_WEBHOOK_RETRY_PAUSE: Setting.duration({ default: '5s', minimum: 10, maximum: 4 * 3_600_000 }),
  /** Longer than the bus keeps events: one that is read again must find its deliveries. */
  BERTH_WEBHOOK_RETENTION: Setting.duration({ default: '14d', minimum: 8 * DAY_MS }),
});
export type WebhookDispatcherSettings = Static<typeof WebhookDispatcherSettings>;

/** SettingsError with everything that is wrong. */
export function readSettings(): WebhookDispatcherSettings {
  return loadSettings(WebhookDispatcherSettings, process.env);
}
