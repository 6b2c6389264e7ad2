/** `repository:<name>:<actions>` (Docker token scope documentation). */
export function repositoryScope(repository: string, ...actions: ('pull' | 'push' | 'delete')[]): string {
  return `repository:${repository}:${actions.join(',')}`;
}

export const CATALOG_SCOPE = 'registry:catalog:*';
