import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { loadSettings, Setting, SettingsError } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const Settings = Type.Object({
  BERTH_LISTEN: Setting.string({
    default: '127.0.0.1:5000',
    pattern: '^.+:\\d+$',
    rule: 'must be host:port',
  }),
  BERTH_GRACE: Setting.duration({ default: '24h', minimum: 1_000 }),
  BERTH_LIMIT: Setting.sizeBytes({ default: '4MiB' }),
  BERTH_COPIES: Setting.integer({ default: '1', minimum: 1, maximum: 64 }),
  BERTH_MODE: Setting.enum(['auto', 'always', 'never'], { default: 'auto' }),
  BERTH_STRICT: Setting.boolean({ default: 'false' }),
  BERTH_CIDRS: Setting.list({ default: '' }),
  BERTH_PLATFORM_KEY: Setting.string({ pattern: '^[0-9a-f]{8}$', description: 'encrypts stored secrets' }),
  BERTH_DATABASE_URL: Setting.optional(Setting.string({ pattern: '^(sqlite|mongodb):' })),
});

const KEY = { BERTH_PLATFORM_KEY: '0123abcd' };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadSettings(Settings, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadSettings', () => {
  test('gives defaults in their own types, and leaves what is optional out', () => {
    expect(loadSettings(Settings, { ...KEY, BERTH_MODE: '' })).toEqual({
      BERTH_LISTEN: '127.0.0.1:5000',
      BERTH_GRACE: 86_400_000,
      BERTH_LIMIT: 4_194_304,
      BERTH_COPIES: 1,
      BERTH_MODE: 'auto',
      BERTH_STRICT: false,
      BERTH_CIDRS: [],
      BERTH_PLATFORM_KEY: '0123abcd',
    });
  });

  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('reads the duration %s', (text, milliseconds) => {
    const schema = Type.Object({ D: Setting.duration() });
    expect(loadSettings(schema, { D: text })).toEqual({ D: milliseconds });
  });

  test('takes plain TypeBox fields too', () => {
    const schema = Type.Object({ N: Type.Integer(), B: Type.Optional(Type.Boolean()), S: Type.String() });
    expect(loadSettings(schema, { N: '7', B: 'yes', S: 'x' })).toEqual({ N: 7, B: true, S: 'x' });
  });

  test('names every problem at once, with the value and the rule', () => {
    const problems = problemsOf({
      BERTH_LISTEN: 'nowhere',
      BERTH_GRACE: '24 hours',
      BERTH_LIMIT: '4 apples',
      BERTH_COPIES: '65',
      BERTH_MODE: 'sometimes',
      BERTH_STRICT: 'maybe',
      BERTH_DATABASE_URL: 'postgres://berth:hunter2@db/berth',
    });
    expect([...problems].sort()).toEqual([
      'BERTH_COPIES: "65" must be at most 64',
      'BERTH_DATABASE_URL: "postgres://[redacted]@db/berth" must match pattern "^(sqlite|mongodb):"',
      'BERTH_GRACE: "24 hours" must be a duration such as 500ms, 10s, 5m, 24h or 7d',
      'BERTH_LIMIT: "4 apples" must be a size such as 4096, 512KiB, 4MiB or 10GB',
      'BERTH_LISTEN: "nowhere" must be host:port',
      'BERTH_MODE: "sometimes" must be one of auto, always, never',
      'BERTH_PLATFORM_KEY: is required (encrypts stored secrets)',
      'BERTH_STRICT: "maybe" must be true or false',
    ]);
  });

  test('never shows a secret', () => {
    const problems = problemsOf({ BERTH_PLATFORM_KEY: 'hunter2' });
    expect(problems).toEqual([
      'BERTH_PLATFORM_KEY: must match pattern "^[0-9a-f]{8}$" (its value is not shown)',
    ]);
  });

  test('reads a value from the file that <NAME>_FILE names, without its last line break', () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'feedbeef\n');
    expect(loadSettings(Settings, { BERTH_PLATFORM_KEY_FILE: file }).BERTH_PLATFORM_KEY).toBe('feedbeef');
  });

  test('refuses a file that cannot be read, and a value given twice', () => {
    expect(problemsOf({ BERTH_PLATFORM_KEY_FILE: join(folder, 'none') })).toEqual([
      `BERTH_PLATFORM_KEY_FILE: "${join(folder, 'none')}" cannot be read: ENOENT`,
    ]);
    expect(problemsOf({ ...KEY, BERTH_PLATFORM_KEY_FILE: '/x' })).toEqual([
      'BERTH_PLATFORM_KEY: is given twice, also as BERTH_PLATFORM_KEY_FILE; keep one',
    ]);
  });

  test('leaves a setting alone whose own name ends in _FILE', () => {
    const schema = Type.Object({
      BERTH_TLS_CERT: Setting.optional(Setting.string()),
      BERTH_TLS_CERT_FILE: Setting.string(),
    });
    expect(loadSettings(schema, { BERTH_TLS_CERT_FILE: '/etc/tls/none.pem' })).toEqual({
      BERTH_TLS_CERT_FILE: '/etc/tls/none.pem',
    });
  });
});
