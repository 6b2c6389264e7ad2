import { type TSchema, type TUnsafe, Type } from '@sinclair/typebox';

export type SettingKind = 'string' | 'integer' | 'boolean' | 'duration' | 'size' | 'enum' | 'list';

/** What a setting's schema says besides JSON Schema; `x-setting` in the schema. */
export interface SettingNote {
  readonly kind: SettingKind;
  /** As it would stand in the environment. */
  readonly default?: string;
  readonly isSecret: boolean;
  /** In words, in place of what the schema would say: `must be host:port`. */
  readonly rule?: string;
}

interface Common {
  /** As it would stand in the environment; without one the setting is required unless it is optional. */
  readonly default?: string;
  readonly description?: string;
  readonly rule?: string;
  /** Its value is never shown. Names that speak of passwords, secrets, tokens and keys are secret anyway. */
  readonly isSecret?: boolean;
}

interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * Builders for the fields of a settings schema, keyed by the name of the environment variable. They are TypeBox
 * schemas: `Static` of the whole gives the type of the loaded settings.
 */
export const Setting = {
  string(options: Common & { readonly pattern?: string; readonly maxLength?: number } = {}): TUnsafe<string> {
    const { pattern, maxLength = 65_536 } = options;
    return setting('string', options, { type: 'string', maxLength, ...(pattern && { pattern }) });
  },

  integer(options: Common & Bounds = {}): TUnsafe<number> {
    return setting('integer', options, { type: 'integer', ...bounds(options) });
  },

  /** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`. */
  boolean(options: Common = {}): TUnsafe<boolean> {
    return setting('boolean', options, { type: 'boolean' });
  },

  /** `500ms`, `10s`, `5m`, `24h`, `7d`; loaded, and bounded, as milliseconds. */
  duration(options: Common & Bounds = {}): TUnsafe<number> {
    return setting('duration', options, { type: 'integer', ...bounds(options) });
  },

  /** `4096`, `512KiB`, `4MiB`, `10GB`; loaded, and bounded, as bytes. */
  sizeBytes(options: Common & Bounds = {}): TUnsafe<number> {
    return setting('size', options, { type: 'integer', ...bounds(options) });
  },

  enum<const Value extends string>(values: readonly Value[], options: Common = {}): TUnsafe<Value> {
    return setting('enum', { rule: `must be one of ${values.join(', ')}`, ...options }, { enum: values });
  },

  /** Separated by commas, blanks around them ignored: `10.0.0.0/8, fd00::/8`. */
  list(options: Common & { readonly pattern?: string } = {}): TUnsafe<readonly string[]> {
    const items = { type: 'string', ...(options.pattern && { pattern: options.pattern }) };
    return setting('list', options, { type: 'array', items });
  },

  optional<S extends TSchema>(schema: S) {
    return Type.Optional(schema);
  },
};

function setting<T>(kind: SettingKind, options: Common, schema: object): TUnsafe<T> {
  const note: SettingNote = {
    kind,
    isSecret: options.isSecret ?? false,
    ...(options.default !== undefined && { default: options.default }),
    ...(options.rule !== undefined && { rule: options.rule }),
  };
  const description = options.description === undefined ? {} : { description: options.description };
  return Type.Unsafe<T>({ ...schema, ...description, 'x-setting': note });
}

function bounds({ minimum, maximum }: Bounds): Bounds {
  return { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
}
