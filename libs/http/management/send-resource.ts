import type { Request, Response } from 'express';
import { type ResponseHeaders, sendEmpty, sendJson } from '../send-json.ts';
import { isNotModified } from './entity-tag.ts';

/** Answers with a resource under its `ETag`; 304 to a GET or HEAD whose client has that already. */
export function sendResource(
  { request, response }: { readonly request: Request; readonly response: Response },
  resource: {
    readonly tag: string;
    readonly body: unknown;
    /** Default 200. */
    readonly status?: number;
    readonly headers?: ResponseHeaders;
  },
): void {
  const { tag, body, status = 200 } = resource;
  const headers = { ETag: tag, ...resource.headers };
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && isNotModified(request, tag)) sendEmpty(response, 304, headers);
  else sendJson(response, status, body, headers);
}
