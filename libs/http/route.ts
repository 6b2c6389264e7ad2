import type { Request, Response } from 'express';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One route as data: the router, the access check, the metrics label, the `Location` builder and the OpenAPI document
 * read the same entry. `pattern` is what people read (`/v2/{name}/blobs/{digest}`); `expression` is matched against
 * the raw (still percent-encoded) path and names its parts; `action` is what the caller needs to be allowed.
 */
export interface Route<Action extends string = string> {
  readonly id: string;
  readonly method: HttpMethod;
  readonly pattern: string;
  readonly expression: RegExp;
  readonly action: Action;
}

/** What a handler gets: the request, the decoded parts of its path, who asks, and where to write. */
export interface Exchange<Identity> {
  readonly request: Request;
  readonly response: Response;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly identity: Identity;
  readonly requestId: string;
  /** The client's address, by forwarded headers only where the peer is trusted. */
  readonly clientAddress: string;
  /** Aborted when the client goes away or the server gives up. */
  readonly signal: AbortSignal;
}

export type Handler<Identity> = (exchange: Exchange<Identity>) => Promise<void>;
