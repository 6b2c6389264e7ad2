import type { RegistrySource } from '@berth/contracts';
import type { TSchema } from '@sinclair/typebox';
import type { Request, Response } from 'express';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * How the parts of a path reach the handler: `all` percent-decoded; `keepSlash` decoded except `%2F`, which never
 * becomes a slash; `none` as they came.
 */
export type PathDecoding = 'all' | 'keepSlash' | 'none';

/**
 * One route as data: the router, the access check, the metrics label, the `Location` builder and the OpenAPI document
 * read the same entry. `pattern` is what people read (`/v2/{name}/blobs/{digest}`); `expression` is matched against
 * the raw (still percent-encoded) path and names its parts; its literal parts are those of `pattern` (a final slash
 * may be left out). `action` is what the caller needs to be allowed.
 */
export interface Route<Action extends string = string> {
  readonly id: string;
  readonly method: HttpMethod;
  readonly pattern: string;
  readonly expression: RegExp;
  readonly action: Action;
  /** Default `all`. */
  readonly decode?: PathDecoding;
  /** For people and the OpenAPI document. */
  readonly summary?: string;
  /** In the management API: where a request names the registry whose roles count. */
  readonly registry?: RegistrySource;
  readonly query?: TSchema;
  readonly request?: TSchema;
  readonly response?: TSchema;
}

/** What is known of a request before anybody is allowed anything. */
export interface Asked {
  readonly request: Request;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly requestId: string;
  /** The client's address, by forwarded headers only where the peer is trusted. */
  readonly clientAddress: string;
  /** Aborted when the client goes away or the server gives up. */
  readonly signal: AbortSignal;
}

/** What a handler gets: the request, the decoded parts of its path, who asks, and where to write. */
export interface Exchange<Identity> extends Asked {
  readonly response: Response;
  readonly identity: Identity;
}

export type Handler<Identity> = (exchange: Exchange<Identity>) => Promise<void>;

/** A route with what answers it. */
export interface BoundRoute<Action extends string, Identity> extends Route<Action> {
  readonly handle: Handler<Identity>;
}

/**
 * The expression of a pattern whose parts hold no slash: `/api/v1/registries/{registry}`. `parts` gives others their
 * own source: `{name: '[a-z0-9/]+'}`.
 */
export function pathExpression(pattern: string, parts: Readonly<Record<string, string>> = {}): RegExp {
  const source = pattern.replace(/\{(\w+)\}|[.*+?^$()|[\]\\]/g, (text, name?: string) =>
    name === undefined ? `\\${text}` : `(?<${name}>${parts[name] ?? '[^/]+'})`,
  );
  return new RegExp(`^${source}$`);
}

/** The path of a route, for `Location` and `Link`: values percent-encoded, their slashes and colons kept. */
export function formatPath(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`path ${pattern} needs a value for {${name}}`);
    return encodeURIComponent(value).replace(/%2F/g, '/').replace(/%3A/g, ':');
  });
}
