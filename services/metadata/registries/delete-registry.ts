import { ServiceError } from '@berth/contracts';
import { isStoreError, retryConflict } from '@berth/document-store';
import { idsIn } from '../documents/ids.ts';
import { type Origin, registryDeleted } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { assertRegistryUnprotected } from '../protection/guard-image.ts';
import { emptyRegistry } from './empty-registry.ts';
import type { RegistryDocument } from './find-registry.ts';

interface DeletionOptions {
  readonly origin: Origin;
  /** Whatever it holds goes with it. */
  readonly force: boolean;
}

/**
 * Marks a registry as `deleting`: hidden at once, its name taken until all in it is gone. Whether the guard lets it go and,
 * without force, whether it is empty is asked before, so that a refusal changes nothing, and again after the mark, until it is
 * decided: a push or a policy may have come between, and then the mark is taken back. The wish stands in the mark, so that
 * another copy decides alike after a crash. PROTECTED, REGISTRY_NOT_EMPTY; REGISTRY_DELETING when it is marked already and this
 * wish adds nothing.
 */
export async function beginRegistryDeletion(
  facts: Facts,
  registry: RegistryDocument,
  options: DeletionOptions,
): Promise<RegistryDocument> {
  if (registry.state === 'active') await assertMayBegin(facts, registry, options);
  await facts.step('registry-guarded');
  const deleting = await mark(facts, registry, options);
  await facts.step('registry-deleting');
  const decided = await decideRegistryDeletion(facts, registry.id);
  if (decided?.state === 'active') throw registryNotEmpty(registry.name);
  return decided ?? deleting;
}

/**
 * Brings a registry that is marked to its end: decides where that is open yet, empties it, then removes it with
 * `registry.deleted`. Any copy may do it, again and again; it stops when the registry came back or is gone.
 */
export async function finishRegistryDeletion(facts: Facts, { id }: { readonly id: string }): Promise<void> {
  for (;;) {
    const registry = await decideRegistryDeletion(facts, id);
    if (registry?.state !== 'deleting') return;
    await facts.step('registry-decided');
    const origin = deletionOf(registry);
    await emptyRegistry(facts, registry, origin);
    const events = (sequence: number) => [registryDeleted(facts, { registry, origin, sequence })];
    try {
      await facts.registries.remove(registry, { events });
      facts.blobsWithdrawn(); // once more, since another copy may have known it for a second longer
      return;
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    }
  }
}

async function assertMayBegin(
  facts: Facts,
  registry: RegistryDocument,
  { force }: DeletionOptions,
): Promise<void> {
  await assertRegistryUnprotected(facts, registry);
  if (force || (await isEmpty(facts, registry.id))) return;
  const now = await facts.registries.get(registry.id);
  if (now?.version === registry.version) throw registryNotEmpty(registry.name);
  // Somebody changed it meanwhile: the mark, which is by version, finds out what it is now.
}

async function mark(
  facts: Facts,
  registry: RegistryDocument,
  options: DeletionOptions,
): Promise<RegistryDocument> {
  if (registry.state === 'deleting') return await markAgain(facts, registry.id, options);
  const deletion = { ...options.origin, isForced: options.force, isDecided: false };
  try {
    const marked = { ...registry, state: 'deleting', deletion, updatedAt: timestamp(facts) } as const;
    return await facts.registries.replace(marked);
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    const now = await facts.registries.get(registry.id);
    if (now?.state !== 'deleting') throw error;
    return await markAgain(facts, registry.id, options);
  }
}

/** A registry that is marked already stays as it is, but for force where that was not asked for before. */
async function markAgain(
  facts: Facts,
  id: string,
  { origin, force }: DeletionOptions,
): Promise<RegistryDocument> {
  return await retryConflict(`registry ${id}`, async () => {
    const registry = await facts.registries.get(id);
    if (!registry) throw new ServiceError('REGISTRY_NOT_FOUND', `registry ${id} is gone`);
    if (!force && registry.state === 'deleting') throw registryDeleting(registry.name);
    if (registry.deletion?.isDecided) return registry;
    const deletion = { ...origin, isForced: force, isDecided: false };
    return await facts.registries.replace({ ...registry, state: 'deleting', deletion });
  });
}

/**
 * Decides about a registry that is marked: it goes when that was decided before, or when nothing in it is protected and it is
 * empty or forced; else it is active again.
 * A push that saw it active has its artifact in it already, so that an empty one stays empty. Whatever goes wrong puts it
 * back as well. Null when it is gone.
 */
async function decideRegistryDeletion(facts: Facts, id: string): Promise<RegistryDocument | null> {
  return await retryConflict(`registry ${id}`, async () => {
    const registry = await facts.registries.get(id);
    if (registry?.state !== 'deleting' || registry.deletion?.isDecided) return registry;
    try {
      await assertRegistryUnprotected(facts, registry);
      const isForced = registry.deletion?.isForced ?? false;
      if (!isForced && !(await isEmpty(facts, id))) return await putBack(facts, registry);
      const deletion = { ...deletionOf(registry), isForced, isDecided: true };
      const decided = await facts.registries.replace({ ...registry, deletion });
      facts.blobsWithdrawn();
      return decided;
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) await putBack(facts, registry);
      throw error;
    }
  });
}

async function putBack(facts: Facts, registry: RegistryDocument): Promise<RegistryDocument> {
  const { deletion: _, ...kept } = registry;
  return await facts.registries.replace({ ...kept, state: 'active' });
}

/** Counts every artifact, also those that are pending or on their way out. */
async function isEmpty(facts: Facts, registryId: string): Promise<boolean> {
  const { items } = await facts.artifacts.page({ index: 'id', range: idsIn(registryId), limit: 1 });
  return items.length === 0;
}

function deletionOf({ deletion, createdBy }: RegistryDocument): Origin {
  if (!deletion) return { actor: createdBy, via: 'api' };
  const { isForced: _, isDecided: __, ...origin } = deletion;
  return origin;
}

function registryNotEmpty(name: string): ServiceError {
  return new ServiceError(
    'REGISTRY_NOT_EMPTY',
    `registry "${name}" holds images; delete them first, or repeat with ?force=true`,
    { detail: { registry: name } },
  );
}

function registryDeleting(name: string): ServiceError {
  return new ServiceError('REGISTRY_DELETING', `registry "${name}" is being deleted already`, {
    detail: { registry: name },
  });
}
