import { finishDeletion } from '../artifacts/delete-artifact.ts';
import { withdraw } from '../artifacts/push-manifest.ts';
import type { Facts } from '../facts.ts';
import { finishRegistryDeletion } from '../registries/delete-registry.ts';

const BATCH = 100;

/**
 * One round of what any copy does for those that died half-way: artifacts that stayed pending or deleting too long,
 * and registries that are being deleted. Idempotent; versions decide between copies. Returns how many it touched.
 */
export async function repair(facts: Facts): Promise<number> {
  return (await repairArtifacts(facts)) + (await repairRegistries(facts));
}

async function repairArtifacts(facts: Facts): Promise<number> {
  const { items } = await facts.artifacts.page({
    index: 'byRepair',
    range: { lte: facts.clock() },
    limit: BATCH,
  });
  let repaired = 0;
  for (const { id } of items) {
    const artifact = await facts.artifacts.get(id);
    if (!artifact || artifact.state === 'live') continue;
    if (artifact.state === 'pending') {
      await withdraw(facts, artifact);
    } else {
      await finishDeletion(facts, await scopeOf(facts, artifact.imageId), artifact);
    }
    facts.logger.info('artifact repaired', { artifact: id, state: artifact.state });
    repaired++;
  }
  return repaired;
}

async function repairRegistries(facts: Facts): Promise<number> {
  const { items } = await facts.registries.page({
    index: 'byState',
    equals: { state: 'deleting' },
    limit: BATCH,
  });
  let repaired = 0;
  for (const registry of items) {
    const fields = { registry: registry.name };
    try {
      await finishRegistryDeletion(facts, registry);
      facts.logger.info('registry deletion decided and finished', fields);
      repaired++;
    } catch (error) {
      facts.logger.warn('registry deletion goes on with the next repair', { ...fields, error });
    }
  }
  return repaired;
}

/** The repository an image id belongs to, as far as it is still known. */
async function scopeOf(facts: Facts, imageId: string) {
  const separator = imageId.indexOf('/');
  const registryId = imageId.slice(0, separator);
  const image = imageId.slice(separator + 1);
  const registry = await facts.registries.get(registryId);
  return { registry: registry ?? unknownRegistry(registryId), image, imageId };
}

function unknownRegistry(id: string) {
  return {
    id,
    version: 0,
    name: id,
    description: '',
    visibility: 'private',
    tagNaming: 'oci',
    allowMissingChildren: false,
    state: 'deleting',
    createdAt: '',
    updatedAt: '',
    createdBy: { id: 'berth', kind: 'service', name: 'berth' },
  } as const;
}
