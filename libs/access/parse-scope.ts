import type { Scope } from '@berth/contracts';
import { AccessError } from './access-error.ts';

/** Different scopes that one request may ask for. */
export const MAX_SCOPES = 64;
/** Characters of all scopes of one request together. */
export const MAX_SCOPE_TEXT_LENGTH = 16_384;

const MAX_NAME_LENGTH = 512;
const RESOURCE_TYPE = /^[a-z0-9]{1,64}(\([a-z0-9]{1,64}\))?$/;
/** Visible ASCII without quotes and backslash: scopes are echoed in a quoted header parameter. */
const RESOURCE_NAME = /^[!#-[\]-~]+$/;

/** The actions that mean something, by resource type. Others are dropped. */
const KNOWN_ACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['repository', ['pull', 'push', 'delete', '*']],
  ['registry', ['*']],
]);

/**
 * One resource scope of the Docker token specification, `repository:acme/web:pull,push`. The type ends at the first
 * colon and the actions begin after the last, so that names may hold ports. `repository(plugin)` counts as
 * `repository`. Unknown actions are dropped; null when the text is no scope or no action is left.
 */
export function parseScope(text: string): Scope | null {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first < 0 || last === first) return null;
  const resource = text.slice(0, first);
  const name = text.slice(first + 1, last);
  if (!RESOURCE_TYPE.test(resource)) return null;
  if (name.length > MAX_NAME_LENGTH || !RESOURCE_NAME.test(name)) return null;
  const type = resource.startsWith('repository(') ? 'repository' : resource;
  const asked = new Set(text.slice(last + 1).split(','));
  const actions = KNOWN_ACTIONS.get(type)?.filter((action) => asked.has(action)) ?? [];
  return actions.length === 0 ? null : { type, name, actions };
}

/**
 * The scopes of a request: the values of `scope`, each of which may hold several separated by spaces. What is no scope
 * is left out; scopes of one resource are merged, in the order in which they first came. AccessError SCOPE_LIMIT.
 */
export function parseScopes(values: readonly string[]): Scope[] {
  const length = values.reduce((sum, value) => sum + value.length, 0);
  if (length > MAX_SCOPE_TEXT_LENGTH) {
    throw new AccessError(
      'SCOPE_LIMIT',
      `the scopes are ${length} characters long, at most ${MAX_SCOPE_TEXT_LENGTH} are taken`,
    );
  }
  const scopes = values.flatMap((value) => value.split(' ')).map(parseScope);
  const merged = mergeScopes(scopes.filter((scope) => scope !== null));
  if (merged.length > MAX_SCOPES) {
    throw new AccessError(
      'SCOPE_LIMIT',
      `${merged.length} scopes are asked for, at most ${MAX_SCOPES} are taken`,
    );
  }
  return merged;
}

/** One scope per resource, with the actions of all that name it. */
export function mergeScopes(scopes: readonly Scope[]): Scope[] {
  const byResource = new Map<string, Scope>();
  for (const scope of scopes) {
    const key = `${scope.type}:${scope.name}`;
    const known = byResource.get(key);
    const actions = known ? [...new Set([...known.actions, ...scope.actions])] : scope.actions;
    byResource.set(key, { type: scope.type, name: scope.name, actions });
  }
  return [...byResource.values()];
}

/** `repository:acme/web:pull,push` */
export function formatScope(scope: Scope): string {
  return `${scope.type}:${scope.name}:${scope.actions.join(',')}`;
}
