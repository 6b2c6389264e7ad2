import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RenderedError } from './rendered-error.ts';

/** A rest up to this size is read and thrown away, which keeps the connection. */
const SMALL_BYTES = 2 ** 20;
/** How long a larger rest is thrown away, so that the client gets to read the answer. */
const LINGER_MS = 5_000;

/** True while a body is still on its way. */
export function isUnread(request: IncomingMessage): boolean {
  return !request.complete && !request.destroyed && bodyBytes(request) > 0;
}

/** `Expect: 100-continue` (RFC 9110 section 10.1.1): the client waits to hear that its body is wanted. */
function awaitsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue';
}

const accepted = new WeakSet<IncomingMessage>();

/** Tells a client that waits for it, once, that its body is wanted. */
export function acceptBody(request: IncomingMessage, response: ServerResponse | undefined): void {
  if (!awaitsContinue(request) || accepted.has(request)) return;
  accepted.add(request);
  response?.writeContinue();
}

/**
 * Answers with an error while the body is still coming. A small rest is read; otherwise the answer goes out whole, the
 * rest is discarded for a while, and the connection ends: ending it at once could take the answer from the client.
 */
export function refuseBody(request: IncomingMessage, response: ServerResponse, error: RenderedError): void {
  const bytes = Buffer.from(JSON.stringify(error.body));
  const isWaiting = awaitsContinue(request) && !accepted.has(request);
  const isSmall = !isWaiting && bodyBytes(request) <= SMALL_BYTES;
  response.writeHead(error.status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.byteLength,
    ...error.headers,
    ...(!isSmall && { Connection: 'close' }),
  });
  if (isSmall || isWaiting) {
    response.end(bytes);
    return;
  }
  response.write(bytes);
  const end = () => {
    clearTimeout(limit);
    response.end();
  };
  const limit = setTimeout(end, LINGER_MS).unref();
  request.once('end', end).once('close', end).once('error', end).resume();
}

/** Throws away what a handler that has answered left unread; the connection is cut when that takes too long. */
export function abandonBody(request: IncomingMessage): void {
  const cut = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(cut)).resume();
}

function bodyBytes(request: IncomingMessage): number {
  if (request.headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(request.headers['content-length'] ?? 0);
}
