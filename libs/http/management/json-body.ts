import type { Request } from 'express';
import { HttpError } from '../http-error.ts';
import { readBody } from '../read-body.ts';
import { acceptBody } from '../unread-body.ts';

const MAX_BYTES = 2 ** 20;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const bodies = new WeakMap<Request, Promise<unknown>>();

/**
 * The body as JSON, whatever it says; read once, so that the access check may look at it before the handler does.
 *
 * @throws HttpError BODY_INVALID (400), BODY_TOO_LARGE, BODY_CUT, MEDIA_TYPE_UNSUPPORTED
 */
export function jsonBody(
  request: Request,
  { maxBytes = MAX_BYTES }: { readonly maxBytes?: number } = {},
): Promise<unknown> {
  const known = bodies.get(request);
  if (known !== undefined) return known;
  const reading = readJson(request, maxBytes);
  bodies.set(request, reading);
  return reading;
}

async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const type = request.headers['content-type'];
  if (type !== undefined && !JSON_TYPE.test(type))
    throw new HttpError(415, 'MEDIA_TYPE_UNSUPPORTED', `the body must be application/json, not ${type}`);
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new HttpError(415, 'MEDIA_TYPE_UNSUPPORTED', 'the body must not be compressed');
  acceptBody(request, request.res);
  const text = (await readBody(request, { maxBytes })).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = text === '' ? 'must not be empty' : `is not JSON: ${(cause as Error).message}`;
    const detail = `the body is not valid: / ${message}`;
    throw new HttpError(400, 'BODY_INVALID', detail, { errors: [{ path: '/', message }] });
  }
}
