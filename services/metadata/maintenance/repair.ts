import { isServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import { finishDeletion, settleDeletion } from '../artifacts/delete-artifact.ts';
import type { ListedArtifact } from '../artifacts/find-referrer.ts';
import { withdraw } from '../artifacts/withdraw.ts';
import type { Facts } from '../facts.ts';
import { finishImageDeletion } from '../images/finish-image-deletion.ts';
import { finishRegistryDeletion } from '../registries/delete-registry.ts';
import { scopeOfImage } from './scope-of-image.ts';

const BATCH = 100;

/**
 * One round of what any copy does for those that died half-way: artifacts that stayed pending or deleting too long,
 * and registries and images that are being deleted. Idempotent; versions decide between copies. Returns how many it touched.
 */
export async function repair(facts: Facts): Promise<number> {
  return (await repairArtifacts(facts)) + (await repairRegistries(facts)) + (await repairImages(facts));
}

async function repairArtifacts(facts: Facts): Promise<number> {
  const dueBy = facts.clock();
  let repaired = 0;
  let after: string | null = null;
  do {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byRepair',
      range: { lte: dueBy },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    for (const { id } of page.items) if (await repairArtifact(facts, id)) repaired++;
    after = page.next;
  } while (after !== null);
  return repaired;
}

/** One that cannot be repaired does not keep the others from it. */
async function repairArtifact(facts: Facts, id: string): Promise<boolean> {
  const artifact = await facts.artifacts.get(id);
  if (!artifact || artifact.state === 'live') return false;
  const fields = { artifact: id, state: artifact.state };
  try {
    const scope = await scopeOfImage(facts, artifact.imageId);
    if (artifact.state === 'pending') await withdraw(facts, scope, artifact);
    else if (!scope.registry.deletion?.isDecided) await settleDeletion(facts, scope, artifact);
    else await finishDeletion(facts, scope, artifact); // with its registry, which asks no guard
    facts.logger.info('artifact repaired', fields);
    return true;
  } catch (error) {
    if (isServiceError(error, 'ARTIFACT_REFERENCED', 'PROTECTED', 'PRECONDITION_FAILED')) {
      facts.logger.info('artifact is kept', { ...fields, reason: error.message });
      return true;
    }
    facts.logger.warn('artifact waits for the next repair', { ...fields, error });
    return false;
  }
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

async function repairImages(facts: Facts): Promise<number> {
  const { items } = await facts.images.page({
    index: 'byRepair',
    range: { lte: facts.clock() },
    limit: BATCH,
  });
  let repaired = 0;
  for (const { id, repositoryName } of items) {
    const fields = { image: repositoryName };
    try {
      await finishImageDeletion(facts, await scopeOfImage(facts, id));
      facts.logger.info('image deletion finished', fields);
      repaired++;
    } catch (error) {
      facts.logger.warn('image deletion goes on with the next repair', { ...fields, error });
    }
  }
  return repaired;
}
