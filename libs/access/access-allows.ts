import type { Scope } from '@berth/contracts';
import type { RegistryAction } from './action.ts';

/**
 * Do these granted scopes allow an action of a `/v2` route? `name` is the repository (`acme/web`) that the route names;
 * it does not matter for `catalog`, `login` and `public`. `login` asks for a valid credential only, which whoever holds
 * an access list has shown or has been excused from.
 */
export function accessAllows(access: readonly Scope[], name: string, action: RegistryAction): boolean {
  switch (action) {
    case 'public':
    case 'login':
      return true;
    case 'catalog':
      return holds(access, { type: 'registry', name: 'catalog' }, '*');
    case 'pullOrPush':
      return holdsOnRepository(access, name, 'pull') || holdsOnRepository(access, name, 'push');
    case 'pull':
    case 'push':
    case 'delete':
      return holdsOnRepository(access, name, action);
  }
}

function holdsOnRepository(access: readonly Scope[], name: string, action: string): boolean {
  return holds(access, { type: 'repository', name }, action);
}

function holds(
  access: readonly Scope[],
  resource: { readonly type: string; readonly name: string },
  action: string,
): boolean {
  for (const scope of access) {
    if (scope.name === resource.name && scope.type === resource.type && scope.actions.includes(action)) {
      return true;
    }
  }
  return false;
}
