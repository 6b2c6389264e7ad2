import { readFileSync } from 'node:fs';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';
import { DURATION_RULE, formatDuration, parseDuration } from './duration.ts';
import { isSecretKey, redactText } from './redact.ts';
import type { SettingKind, SettingNote } from './setting.ts';
import { SettingsError } from './settings-error.ts';
import { parseSizeBytes, SIZE_RULE } from './size-bytes.ts';

/**
 * Reads the settings that `schema` names from `env`; an empty value counts as unset. `<NAME>_FILE` names a file that
 * holds the value (its last line break is dropped). Reads files at once: for the start of a process only.
 *
 * @throws SettingsError naming every problem at once: the setting, the offending value (never a secret) and the rule
 */
export function loadSettings<S extends TObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): Static<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const given = new Map<string, string>();
  for (const [name, field] of Object.entries(schema.properties)) {
    const note = noteOf(field);
    const text = readGiven(name, env, schema, problems) ?? note.default;
    if (text === undefined) {
      const isReported = problems.some((problem) => /^\w+?(?=(_FILE)?:)/.exec(problem)?.[0] === name);
      if (!isReported && !isOptional(schema, name))
        problems.push(`${name}: is required${field.description ? ` (${field.description})` : ''}`);
      continue;
    }
    given.set(name, text);
    const value = PARSE[note.kind](text);
    if (value === undefined) problems.push(line(name, note, text, note.rule ?? RULE[note.kind]));
    else values[name] = value;
  }
  problems.push(...violations(schema, values, given));
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Static<S>;
}

const PARSE: Readonly<Record<SettingKind, (text: string) => unknown>> = {
  string: (text) => text,
  enum: (text) => text,
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined),
  boolean: (text) => BOOLEANS.get(text.toLowerCase()),
  duration: parseDuration,
  size: parseSizeBytes,
  list: (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
};

const RULE: Readonly<Record<SettingKind, string>> = {
  string: 'is not valid',
  enum: 'is not valid',
  integer: 'must be a whole number',
  boolean: 'must be true or false',
  duration: DURATION_RULE,
  size: SIZE_RULE,
  list: 'must be a list separated by commas',
};

const BOOLEANS = new Map([
  ...['true', '1', 'yes', 'on'].map((text) => [text, true] as const),
  ...['false', '0', 'no', 'off'].map((text) => [text, false] as const),
]);

function noteOf(field: TSchema): SettingNote {
  const note: SettingNote | undefined = field['x-setting'];
  if (note !== undefined) return note;
  const kind = field.type === 'integer' || field.type === 'boolean' ? field.type : 'string';
  return { kind, isSecret: false, ...(field.default !== undefined && { default: String(field.default) }) };
}

function isOptional(schema: TObject, name: string): boolean {
  return !(schema.required ?? []).includes(name);
}

function readGiven(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  schema: TObject,
  problems: string[],
): string | undefined {
  const text = env[name] || undefined;
  const fileName = `${name}_FILE`;
  const file = fileName in schema.properties ? undefined : env[fileName] || undefined;
  if (file === undefined) return text;
  if (text !== undefined) {
    problems.push(`${name}: is given twice, also as ${fileName}; keep one`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push(`${fileName}: "${file}" cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`);
    return undefined;
  }
}

function violations(
  schema: TObject,
  values: Readonly<Record<string, unknown>>,
  given: ReadonlyMap<string, string>,
): string[] {
  const ajv = new Ajv({ allErrors: true, strict: true });
  ajv.addKeyword('x-setting');
  const seen = new Set<string>();
  const lines: string[] = [];
  ajv.validate(schema, values);
  for (const error of ajv.errors ?? []) {
    const name = error.instancePath.split('/')[1];
    const field = name === undefined ? undefined : schema.properties[name];
    if (name === undefined || field === undefined || seen.has(name)) continue;
    seen.add(name);
    const note = noteOf(field);
    lines.push(line(name, note, given.get(name) ?? '', note.rule ?? ruleOf(error, note.kind)));
  }
  return lines;
}

function ruleOf(error: ErrorObject, kind: SettingKind): string {
  const shown = (limit: number) =>
    kind === 'duration' ? formatDuration(limit) : `${limit}${kind === 'size' ? ' bytes' : ''}`;
  if (error.keyword === 'minimum') return `must be at least ${shown(error.params.limit)}`;
  if (error.keyword === 'maximum') return `must be at most ${shown(error.params.limit)}`;
  return error.message ?? 'is not valid';
}

function line(name: string, note: SettingNote, text: string, rule: string): string {
  const isText = note.kind === 'string' || note.kind === 'list';
  const hidden = note.isSecret || (isText && isSecretKey(name) && !name.endsWith('_FILE'));
  return hidden
    ? `${name}: ${rule} (its value is not shown)`
    : `${name}: "${redactText(text).slice(0, 200)}" ${rule}`;
}
