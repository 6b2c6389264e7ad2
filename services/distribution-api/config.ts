import { BusSettings } from '@berth/bus';
import { HttpListen, Setting } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';

/** The settings of distribution-api, by environment variable. */
export const DistributionSettings = Type.Object({
  BERTH_HTTP_LISTEN: HttpListen,
  ...BusSettings.properties,
  BERTH_STORAGE_URL: Setting.string({
    description: 'file:/absolute/folder or s3://bucket/prefix',
    isSecret: true,
  }),
  BERTH_STORAGE_REDIRECT: Setting.enum(['auto', 'always', 'never'], {
    default: 'auto',
    description: 'whether a GET of a blob is sent to S3',
  }),
  BERTH_PUBLIC_URL: Setting.optional(Setting.string()),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '127.0.0.1/32, ::1/128' }),
  BERTH_ACCEL_REDIRECT: Setting.boolean({
    default: 'false',
    description: 'the gateway in front serves blob files itself',
  }),
});
export type DistributionSettings = Static<typeof DistributionSettings>;
