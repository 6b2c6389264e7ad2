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

/** The whole body. RegistryClientError PROTOCOL when it is larger than `maxBytes`. */
export async function readBody(answer: Answer, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      answer.body.on('error', () => {});
      answer.body.destroy();
      throw new RegistryClientError('PROTOCOL', `the answer is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The body as JSON. RegistryClientError PROTOCOL when it is none. */
export async function readJson(answer: Answer, maxBytes: number): Promise<unknown> {
  const text = (await readBody(answer, maxBytes)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RegistryClientError('PROTOCOL', `the answer is no JSON: ${text.slice(0, 100)}`, {
      cause: error,
    });
  }
}

/** Lets the rest of a body go so that its connection can be used again. */
export async function dropBody(answer: Answer): Promise<void> {
  await answer.body.dump({ limit: 128 * 1024 }).catch(() => {});
}

/** The error that an answer tells of; reads its body. */
export async function refusal(answer: Answer, asked: string, nowMs: number): Promise<RegistryClientError> {
  const body = await readBody(answer, MAX_ERROR_BYTES).catch(() => Buffer.alloc(0));
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
