import { HttpError } from './http-error.ts';
import type { PathDecoding, Route } from './route.ts';

export interface Match<R extends Route> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a method and a raw path. HEAD falls back to GET. */
export interface Router<R extends Route> {
  /** @throws HttpError NOT_FOUND, METHOD_NOT_ALLOWED with `Allow`, PATH_INVALID for malformed percent-encoding */
  match(method: string, rawPath: string): Match<R>;
}

interface Entry<R extends Route> {
  readonly route: R;
  readonly prefix: string;
  readonly literals: readonly string[];
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Routes are tried in their order. Before its expression runs, the literal parts of a route's pattern are looked for,
 * which is cheap and leaves one or two expressions to try.
 *
 * @throws TypeError for a route without an action, a repeated id, or an expression that is not anchored
 */
export function createRouter<R extends Route>(routes: readonly R[]): Router<R> {
  const ids = new Set<string>();
  const byMethod = new Map<string, Entry<R>[]>();
  for (const route of routes) {
    checkRoute(route, ids);
    const entries = byMethod.get(route.method) ?? [];
    entries.push(entryOf(route));
    byMethod.set(route.method, entries);
  }

  function find(method: string, path: string): Match<R> | undefined {
    for (const entry of byMethod.get(method) ?? []) {
      if (!path.startsWith(entry.prefix) || !entry.literals.every((literal) => path.includes(literal)))
        continue;
      const found = entry.route.expression.exec(path);
      if (found !== null)
        return { route: entry.route, params: decodeParams(found.groups, entry.route.decode) };
    }
    return undefined;
  }

  return {
    match(method, path) {
      const match = find(method, path) ?? (method === 'HEAD' ? find('GET', path) : undefined);
      if (match !== undefined) return match;
      const allowed = [...byMethod.keys()].filter((other) => find(other, path) !== undefined);
      if (allowed.length === 0) throw new HttpError(404, 'NOT_FOUND', `there is nothing at ${shown(path)}`);
      if (allowed.includes('GET') && !allowed.includes('HEAD')) allowed.push('HEAD');
      const allow = allowed.sort().join(', ');
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', `${shown(path)} takes ${allow}, not ${shown(method)}`, {
        headers: { Allow: allow },
      });
    },
  };
}

function checkRoute(route: Route, ids: Set<string>): void {
  const { id, action, expression } = route;
  if (typeof action !== 'string' || action === '') throw new TypeError(`route ${id} declares no action`);
  if (ids.has(id)) throw new TypeError(`route ${id} is there twice`);
  if (!expression.source.startsWith('^') || !expression.source.endsWith('$') || /[gy]/.test(expression.flags))
    throw new TypeError(`the expression of route ${id} must be anchored and keep no state: ${expression}`);
  ids.add(id);
}

function entryOf<R extends Route>(route: R): Entry<R> {
  const [prefix = '', ...literals] = route.pattern
    .split(/\{\w+\}/)
    .map((literal) => literal.replace(/\/$/, ''));
  return { route, prefix, literals: literals.filter((literal) => literal !== '') };
}

function decodeParams(
  groups: Record<string, string | undefined> | undefined,
  decoding: PathDecoding = 'all',
): Readonly<Record<string, string>> {
  if (groups === undefined) return NONE;
  const params: Record<string, string> = {};
  for (const name in groups) {
    const raw = groups[name];
    if (raw !== undefined)
      params[name] = decoding === 'none' ? raw : decodePart(raw, decoding === 'keepSlash');
  }
  return params;
}

function decodePart(raw: string, keepsSlash: boolean): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(keepsSlash ? raw.replace(/%2f/gi, '%252F') : raw);
  } catch (error) {
    throw new HttpError(400, 'PATH_INVALID', `${shown(raw)} is not percent-encoded UTF-8`, { cause: error });
  }
}

function shown(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
