import { actionsAllowed, type RepositoryAction, rolesFor, subjectsOf } from '@berth/access';
import type { Principal, Role, Scope } from '@berth/contracts';
import type { GrantSource, RegistryDirectory } from '../ports.ts';

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
  readonly directory: RegistryDirectory;
  readonly grants: GrantSource;
}): RegistryAccess {
  const { directory, grants } = parts;

  async function repositoryGranter(
    principal: Principal,
    scopes: readonly Scope[],
  ): Promise<(scope: Scope) => RepositoryAction[]> {
    if (principal.isAdmin) return (scope) => actionsAllowed(['admin'], scope.actions);
    const names = new Set(scopes.filter(isRepository).flatMap((scope) => registryOf(scope) ?? []));
    if (names.size === 0) return () => [];
    const [facts, held] = await Promise.all([
      directory.lookup([...names]),
      grants.grantsOf(subjectsOf(principal)),
    ]);
    const registries = new Map(facts.map((registry) => [registry.name, registry]));
    return (scope) => {
      const registry = registries.get(registryOf(scope) ?? '');
      if (registry === undefined || registry.state === 'deleting') return [];
      const isPublic = registry.visibility === 'public';
      return actionsAllowed(rolesFor(principal, held, registry), scope.actions, { isPublic });
    };
  }

  return {
    async effectiveRoles(principal, registryId) {
      const held = await grants.grantsOf(subjectsOf(principal));
      return rolesFor(principal, held, registryId === undefined ? null : { id: registryId });
    },

    async grantScopes(principal, scopes) {
      const onRepository = await repositoryGranter(principal, scopes);
      return scopes.flatMap((scope) => {
        const actions = isRepository(scope) ? onRepository(scope) : catalogActions(principal, scope);
        return actions.length === 0 ? [] : [{ type: scope.type, name: scope.name, actions }];
      });
    },

    async visibleRegistries(principal) {
      const subjects = subjectsOf(principal);
      const held = (await grants.grantsOf(subjects)).filter((grant) => subjects.includes(grant.subject));
      const all = rolesFor(principal, held, null).length > 0;
      if (all) return { all, registryIds: [] };
      const ids = new Set(held.map((grant) => grant.registryId).filter((id) => id !== '*'));
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
