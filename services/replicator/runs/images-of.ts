import { isImageName } from '@berth/oci';
import type { PolicyDocument } from '../documents/policy.ts';
import type { LocalRegistries } from '../ports.ts';
import { remoteName, type Sides } from '../tasks/sides-of.ts';

const PAGE = 200;

/** The images that the source of a policy has, before its filter: those here in the order of their names. */
export async function* imagesOf(
  local: LocalRegistries,
  { policy, source }: Pick<Sides, 'policy' | 'source'>,
): AsyncGenerator<string> {
  if (policy.direction === 'push') {
    yield* local.images({ id: policy.registryId, name: policy.registry });
    return;
  }
  const named = exactNames(policy);
  if (named !== null) {
    yield* named;
    return;
  }
  const prefix = remoteName(policy, '');
  for await (const repository of source.lists.catalog({ pageSize: PAGE }))
    if (repository.startsWith(prefix)) yield repository.slice(prefix.length);
}

/** Where there is no wildcard: no catalog is asked for then, which many registries do not have. */
function exactNames({ images: { match } }: PolicyDocument): ReadonlySet<string> | null {
  return match.every((pattern) => isImageName(pattern)) ? new Set(match) : null;
}
