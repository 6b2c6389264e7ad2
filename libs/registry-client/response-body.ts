import type { Dispatcher } from 'undici';
import { type OciErrorEntry, RegistryClientError } from './registry-client-error.ts';
import { parseRetryAfter } from './retry-after.ts';

const MAX_ERROR_BYTES = 64 * 1024;

export type Answer = Dispatcher.ResponseData;

/** A header's value; the first one where it was sent several times. */
export function headerOf(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** How an answer is read. */
export interface Reading {
  readonly maxBytes: number;
  /** What it answers, for messages: `GET https://registry.example/v2/`. */
  readonly asked: string;
}

/** The whole body. RegistryClientError PROTOCOL when it is larger than `maxBytes`, UNREACHABLE when the connection breaks. */
export async function readBody(answer: Answer, { maxBytes, asked }: Reading): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      size += chunk.byteLength;
      if (size > maxBytes) {
        answer.body.on('error', () => {});
        answer.body.destroy();
        throw new RegistryClientError('PROTOCOL', `${asked} answered more than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw isBreak(error) ? brokenOff(error, asked) : error;
  }
  return Buffer.concat(chunks, size);
}

/** Not where somebody gave it up. */
function isBreak(error: unknown): error is Error {
  const { code } = error as { readonly code?: unknown };
  return (
    typeof code === 'string' &&
    /^(?:UND_ERR_(?!ABORTED)|E[A-Z]+$|HPE_|ERR_STREAM_PREMATURE_CLOSE$)/.test(code)
  );
}

/** The error of an answer whose connection broke. */
export function brokenOff(cause: Error, asked: string): RegistryClientError {
  return new RegistryClientError('UNREACHABLE', `${asked}: the answer broke off: ${cause.message}`, {
    cause,
  });
}

/** The body as JSON. RegistryClientError PROTOCOL when it is none. */
export async function readJson(answer: Answer, reading: Reading): Promise<unknown> {
  const text = (await readBody(answer, reading)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `${reading.asked} answered what is no JSON: ${text.slice(0, 100)}`;
    throw new RegistryClientError('PROTOCOL', message, { cause });
  }
}

/** Lets the rest of a body go so that its connection can be used again. */
export async function dropBody(answer: Answer): Promise<void> {
  await answer.body.dump({ limit: 128 * 1024 }).catch(() => {});
}

/** The error that an answer tells of; reads its body. */
export async function refusal(answer: Answer, asked: string, nowMs: number): Promise<RegistryClientError> {
  const body = await readBody(answer, { maxBytes: MAX_ERROR_BYTES, asked }).catch(() => Buffer.alloc(0));
  const errors = parseErrors(body);
  const told = errors.map(({ code, message }) => (message ? `${code}: ${message}` : code)).join('; ');
  return new RegistryClientError('REFUSED', `${asked} answered ${answer.statusCode}${told && ` ${told}`}`, {
    status: answer.statusCode,
    errors,
    retryAfterMs: parseRetryAfter(headerOf(answer, 'retry-after'), nowMs),
  });
}

function parseErrors(body: Buffer): OciErrorEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return [];
  }
  const list = (parsed as { errors?: unknown } | null)?.errors;
  return Array.isArray(list)
    ? list
        .filter((entry) => typeof entry?.code === 'string')
        .map((entry) => ({ code: entry.code, message: String(entry.message ?? ''), detail: entry.detail }))
    : [];
}
