import { isImageName } from '@berth/oci';
import type { RegistryClient } from '@berth/registry-client';
import type { PolicyDocument } from '../documents/policy.ts';
import type { LocalRegistries } from '../ports.ts';
import { remoteName, type Sides } from '../tasks/sides-of.ts';

const PAGE = 200;

/** The images that the source of a policy has, before its filter: those here in the order of their names. */
export function imagesOf(local: LocalRegistries, sides: Sides): AsyncIterable<string> {
  return sides.policy.direction === 'push'
    ? imagesHere(local, sides)
    : imagesThere(sides.policy, sides.source);
}

/** Those that its destination has. RegistryClientError where that lists none. */
export function imagesOfDestination(local: LocalRegistries, sides: Sides): AsyncIterable<string> {
  return sides.policy.direction === 'push'
    ? imagesThere(sides.policy, sides.destination)
    : imagesHere(local, sides);
}

function imagesHere(local: LocalRegistries, { policy }: Sides): AsyncIterable<string> {
  return local.images({ id: policy.registryId, name: policy.registry });
}

async function* imagesThere(policy: PolicyDocument, client: RegistryClient): AsyncGenerator<string> {
  const named = exactNames(policy);
  if (named !== null) {
    yield* named;
    return;
  }
  const prefix = remoteName(policy, '');
  for await (const repository of client.lists.catalog({ pageSize: PAGE }))
    if (repository.startsWith(prefix)) yield repository.slice(prefix.length);
}

/** Where there is no wildcard: no catalog is asked for then, which many registries do not have. */
function exactNames({ images: { match } }: PolicyDocument): ReadonlySet<string> | null {
  return match.every((pattern) => isImageName(pattern)) ? new Set(match) : null;
}
