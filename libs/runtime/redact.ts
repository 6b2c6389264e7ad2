/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

const SECRET_KEY =
  /authorization|cookie|passw(?:or)?d|passphrase|secret|token|credential|api.?key|private.?key|platform.?key|signature/i;
const USER_INFO = /(\/\/)[^/@\s"']+@/g;
const SECRET_IN_QUERY = /([?&][^=&\s]*(?:token|secret|password|signature|credential)[^=&\s]*=)[^&\s"']+/gi;
const CREDENTIALS = /\b(Bearer|Basic) +[A-Za-z0-9+/_.~-]{16,}=*/g;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 16_384;

/** True for names of fields, headers and settings whose value is a secret: `Authorization`, `newPassword`, `set-cookie`. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** Hides credentials inside a text: user info and signed queries of URLs, Bearer and Basic credentials. */
export function redactText(text: string): string {
  let shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  if (shown.includes('//')) shown = shown.replace(USER_INFO, `$1${REDACTED}@`);
  if (shown.includes('=')) shown = shown.replace(SECRET_IN_QUERY, `$1${REDACTED}`);
  if (shown.includes('Bearer ') || shown.includes('Basic '))
    shown = shown.replace(CREDENTIALS, `$1 ${REDACTED}`);
  return shown;
}

/**
 * A copy of log fields that may be written: secrets by key replaced, errors spelled out with their cause, too deep or
 * too long parts cut. Booleans stay whatever their key: `hasSecret: true`.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return String(value).slice(0, 80);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return redact([...value], depth);
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value).slice(0, MAX_ITEMS))
    copy[key] = isSecretKey(key) && isShowable(item) ? REDACTED : redact(item, depth + 1);
  return copy;
}

function isShowable(item: unknown): boolean {
  return item !== undefined && item !== null && typeof item !== 'boolean';
}

function redactError(error: Error, depth: number): object {
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  return {
    name: error.name,
    message: redactText(error.message),
    ...(code !== undefined && { code: redact(code, depth + 1) }),
    ...(detail !== undefined && { detail: redact(detail, depth + 1) }),
    ...(error.stack !== undefined && { stack: redactText(error.stack) }),
    ...(error.cause !== undefined && depth < MAX_DEPTH && { cause: redact(error.cause, depth + 1) }),
  };
}
