import { type Static, Type } from '@sinclair/typebox';
import { Setting } from '../setting.ts';

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Where traces go and how many, by the names that OpenTelemetry has for it. Without an endpoint there are none. */
export const TracingSettings = Type.Object({
  OTEL_EXPORTER_OTLP_ENDPOINT: Setting.optional(
    Setting.string({
      description: 'where spans go by OTLP over HTTP: http://collector:4318',
      pattern: '^https?://[^\\s/]+',
      rule: 'must be an http or https URL',
    }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: Setting.optional(
    Setting.string({
      isSecret: true,
      pattern: '^[^=,\\s]+=[^,]*(,[^=,\\s]+=[^,]*)*$',
      rule: 'must be name=value, several separated by commas',
    }),
  ),
  OTEL_TRACES_SAMPLER: Setting.enum(SAMPLERS, { default: 'parentbased_always_on' }),
  OTEL_TRACES_SAMPLER_ARG: Setting.optional(
    Setting.string({ pattern: '^(0(\\.\\d+)?|1(\\.0+)?)$', rule: 'must be a number from 0 to 1' }),
  ),
});
export type TracingSettings = Static<typeof TracingSettings>;
