import type { RpcMethod } from '@berth/contracts';

/*
 * How a message looks on the wire: one line of text, JSON, and the raw bytes of the one field declared with `Bytes()`.
 *
 *   request   `<time left in ms> <length of the bytes, or -> [<traceparent> ]<request id>\n<json><bytes>`
 *   answer    `ok <length of the bytes, or ->\n<json><bytes>`
 *   refusal   `error -\n{"code","message","detail"}`
 *
 * Deadline and request id stand in that line and not in NATS headers, which cost several microseconds a message on each
 * side. What travels is the time left, not an instant: clocks of two machines need not agree.
 */

export interface RequestFrame {
  readonly timeoutMs: number;
  readonly requestId: string;
  /** The W3C `traceparent` of the caller's span, where it has one. */
  readonly traceparent?: string | undefined;
  readonly message: Record<string, unknown>;
}

export type ResponseFrame =
  | { readonly ok: true; readonly message: Record<string, unknown> }
  | { readonly ok: false; readonly code: string; readonly text: string; readonly detail: unknown };

/** The name of the top-level field that holds raw bytes. */
export function bytesFieldOf(schema: RpcMethod['request']): string | null {
  for (const [name, property] of Object.entries(schema.properties)) {
    if ('x-bytes' in property) return name;
  }
  return null;
}

export function encodeRequest(frame: RequestFrame, bytesField: string | null): Uint8Array {
  const { timeoutMs, requestId, traceparent, message } = frame;
  const trace = traceparent === undefined ? '' : ` ${traceparent}`;
  return encode(`${timeoutMs}`, { suffix: `${trace} ${requestId}`, message, bytesField });
}

/** The bytes of the result are a view of `data`, not a copy. Throws a SyntaxError for what is no frame. */
export function decodeRequest(data: Uint8Array, bytesField: string | null): RequestFrame {
  const { line, message } = decode(data, bytesField);
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const timeoutMs = Number(line.slice(0, first));
  if (first < 1 || second < 0 || !Number.isFinite(timeoutMs))
    throw new SyntaxError(`no request line: ${line}`);
  const rest = line.slice(second + 1);
  const traceparent = TRACEPARENT.exec(rest)?.[0];
  if (traceparent === undefined) return { timeoutMs, requestId: rest, message };
  return { timeoutMs, traceparent, requestId: rest.slice(traceparent.length + 1), message };
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?= )/;

export function encodeAnswer(message: object, bytesField: string | null): Uint8Array {
  return encode('ok', { suffix: '', message: message as Record<string, unknown>, bytesField });
}

export function encodeRefusal(code: string, text: string, detail: unknown): Uint8Array {
  return encode('error', { suffix: '', message: { code, message: text, detail }, bytesField: null });
}

/** The bytes of the result are a view of `data`, not a copy. Throws a SyntaxError for what is no frame. */
export function decodeResponse(data: Uint8Array, bytesField: string | null): ResponseFrame {
  const { line, message } = decode(data, bytesField);
  if (line.startsWith('ok ')) return { ok: true, message };
  if (!line.startsWith('error ')) throw new SyntaxError(`no answer line: ${line}`);
  return { ok: false, code: String(message.code), text: String(message.message), detail: message.detail };
}

interface Content {
  readonly suffix: string;
  readonly message: Record<string, unknown>;
  readonly bytesField: string | null;
}

function encode(prefix: string, { suffix, message, bytesField }: Content): Uint8Array {
  const bytes = bytesField === null ? undefined : message[bytesField];
  if (bytesField === null || !(bytes instanceof Uint8Array)) {
    return Buffer.from(`${prefix} -${suffix}\n${JSON.stringify(message)}`);
  }
  const text = `${prefix} ${bytes.byteLength}${suffix}\n${JSON.stringify({ ...message, [bytesField]: undefined })}`;
  const textLength = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(textLength + bytes.byteLength);
  frame.write(text);
  frame.set(bytes, textLength);
  return frame;
}

function decode(
  data: Uint8Array,
  bytesField: string | null,
): { line: string; message: Record<string, unknown> } {
  const frame = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytesField === null) {
    const text = frame.toString();
    const end = endOfLine(text.indexOf('\n'));
    return { line: text.slice(0, end), message: parse(text.slice(end + 1)) };
  }
  const end = endOfLine(frame.indexOf(10));
  const line = frame.toString('utf8', 0, end);
  const length = line.split(' ', 2)[1];
  if (length === '-') return { line, message: parse(frame.toString('utf8', end + 1)) };
  const bytesAt = frame.length - Number(length);
  if (!(bytesAt > end && bytesAt <= frame.length)) throw new SyntaxError(`no length of bytes: ${line}`);
  const message = parse(frame.toString('utf8', end + 1, bytesAt));
  message[bytesField] = frame.subarray(bytesAt);
  return { line, message };
}

function endOfLine(at: number): number {
  if (at < 0) throw new SyntaxError('a message without a first line');
  return at;
}

function parse(json: string): Record<string, unknown> {
  const message: unknown = JSON.parse(json);
  if (typeof message !== 'object' || message === null) throw new SyntaxError('a message that is no object');
  return message as Record<string, unknown>;
}
