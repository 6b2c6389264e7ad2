import type { RpcServer } from '@berth/bus';
import {
  cleanUpArtifact as cleanUpArtifactRpc,
  scanArtifacts as scanArtifactsRpc,
  scanImages as scanImagesRpc,
} from '@berth/contracts';
import { cleanUpArtifact } from '../cleanup/clean-up-artifact.ts';
import { scanArtifacts } from '../cleanup/scan-artifacts.ts';
import { scanImages } from '../cleanup/scan-images.ts';
import { imageId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { Metadata } from '../metadata.ts';
import { registryNotFound } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** What cleanup decides by, and its deletions: retention-cleaner asks, the guard here has the last word. */
export function serveCleanup(server: RpcServer, { facts, pulls }: Metadata): void {
  server.serve(scanImagesRpc, async (query) => {
    await requireActive(facts, query.registryId);
    return await scanImages(facts, query);
  });
  server.serve(scanArtifactsRpc, async ({ registryId, image, ...page }) => {
    const scope = await scopeOf(facts, registryId, image);
    await pulls.flush();
    return await scanArtifacts(facts, scope, page);
  });
  server.serve(cleanUpArtifactRpc, async ({ registryId, image, ...wish }) => {
    const scope = await scopeOf(facts, registryId, image);
    return await cleanUpArtifact(facts, pulls, { scope, ...wish });
  });
}

async function scopeOf(facts: Facts, registryId: string, image: string): Promise<RepositoryScope> {
  const registry = await requireActive(facts, registryId);
  return { registry, image, imageId: imageId(registry.id, image) };
}

/** REGISTRY_NOT_FOUND also for one that is being deleted: nothing is left to tidy there. */
async function requireActive(facts: Facts, registryId: string) {
  const registry = await facts.registries.get(registryId);
  if (registry?.state !== 'active') throw registryNotFound(registryId);
  return registry;
}
