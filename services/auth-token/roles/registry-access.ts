import { actionsAllowed, type RepositoryAction, rolesFor } from '@berth/access';
import type { Principal, Role, Scope } from '@berth/contracts';
import type { RegistryDirectory } from '../ports.ts';
import type { HoldingsSource } from './holdings.ts';

/** Who may do what, by roles, grants and the visibility of registries. */
export interface RegistryAccess {
  /** The roles in a registry, by its id, or for the system when none is named. */
  effectiveRoles(principal: Principal, registryId?: string): Promise<Role[]>;
  /**
   * What of the scopes a principal holds; others are left out. An administrator gets what is asked, also where there is
   * no such registry, so that `/v2` can say so. ServiceError UNAVAILABLE while registries cannot be looked up.
   */
  grantScopes(principal: Principal, scopes: readonly Scope[]): Promise<Scope[]>;
  /** The registries that a principal has a role in; `all` when that is every one. */
  visibleRegistries(principal: Principal): Promise<{ all: boolean; registryIds: string[] }>;
}

export function createRegistryAccess(parts: {
  readonly directory: Pick<RegistryDirectory, 'lookup'>;
  readonly holdings: HoldingsSource;
}): RegistryAccess {
  const { directory, holdings } = parts;

  async function repositoryGranter(
    principal: Principal,
    scopes: readonly Scope[],
  ): Promise<(scope: Scope) => RepositoryAction[]> {
    if (!scopes.some(isRepository)) return () => [];
    const { holder, grants } = await holdings.holdingsOf(principal);
    if (holder.isAdmin) return (scope) => actionsAllowed(['admin'], scope.actions);
    const names = new Set(scopes.filter(isRepository).flatMap((scope) => registryOf(scope) ?? []));
    if (names.size === 0) return () => [];
    const facts = await directory.lookup([...names]);
    const registries = new Map(facts.map((registry) => [registry.name, registry]));
    return (scope) => {
      const registry = registries.get(registryOf(scope) ?? '');
      if (registry === undefined || registry.state === 'deleting') return [];
      const isPublic = registry.visibility === 'public';
      return actionsAllowed(rolesFor(holder, grants, registry), scope.actions, { isPublic });
    };
  }

  return {
    async effectiveRoles(principal, registryId) {
      const { holder, grants } = await holdings.holdingsOf(principal);
      return rolesFor(holder, grants, registryId === undefined ? null : { id: registryId });
    },

    async grantScopes(principal, scopes) {
      const onRepository = await repositoryGranter(principal, scopes);
      return scopes.flatMap((scope) => {
        const actions = isRepository(scope) ? onRepository(scope) : catalogActions(principal, scope);
        return actions.length === 0 ? [] : [{ type: scope.type, name: scope.name, actions }];
      });
    },

    async visibleRegistries(principal) {
      const { holder, grants } = await holdings.holdingsOf(principal);
      const all = rolesFor(holder, grants, null).length > 0;
      if (all) return { all, registryIds: [] };
      const ids = new Set(grants.map(({ registryId }) => registryId).filter((id) => id !== '*'));
      return { all, registryIds: [...ids] };
    },
  };
}

/** Every signed-in user may list; what is listed depends on what they may see. */
function catalogActions(principal: Principal, scope: Scope): string[] {
  const isCatalog = scope.type === 'registry' && scope.name === 'catalog' && scope.actions.includes('*');
  return isCatalog && principal.kind !== 'anonymous' ? ['*'] : [];
}

function isRepository(scope: Scope): boolean {
  return scope.type === 'repository';
}

/** `acme` of `acme/team/web`; undefined for a name without a slash, which no repository has. */
function registryOf({ name }: Scope): string | undefined {
  const slash = name.indexOf('/');
  return slash > 0 ? name.slice(0, slash) : undefined;
}
