import { ServiceError } from '@berth/contracts';
import type { Descriptor, ParsedManifest } from '@berth/oci';
import { keepBlob } from '../blobs/link-blob.ts';
import { needsTouch, touched } from '../blobs/touch-link.ts';
import { artifactId, linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

const WAIT_FOR_DELETER_MS = [5, 20, 100];

/**
 * Makes sure that all a manifest names is in its image, and that the sweep sees it as used. The artifact must be
 * stored as pending before: from then on deleters see it as a reference, so one of the two notices the other.
 * MANIFEST_BLOB_UNKNOWN (detail {digests}) for what is missing; MANIFEST_INVALID where a size is not the stored one.
 */
export async function checkReferences(
  facts: Facts,
  scope: RepositoryScope,
  manifest: ParsedManifest,
): Promise<void> {
  const missing = [
    ...(await missingBlobs(facts, scope, manifest.blobs)),
    ...(scope.registry.allowMissingChildren ? [] : await missingChildren(facts, scope, manifest.children)),
  ];
  if (missing.length === 0) return;
  const shown =
    missing.slice(0, 10).join(', ') + (missing.length > 10 ? `, and ${missing.length - 10} more` : '');
  throw new ServiceError(
    'MANIFEST_BLOB_UNKNOWN',
    `the manifest names what is not in ${scope.registry.name}/${scope.image}: ${shown}; push that first`,
    { detail: { digests: missing.slice(0, 100) } },
  );
}

async function missingBlobs(facts: Facts, scope: RepositoryScope, descriptors: readonly Descriptor[]) {
  const sizes = new Map(descriptors.map(({ digest, size }) => [digest, size]));
  const digests = [...sizes.keys()];
  const links = await facts.links.getMany(digests.map((digest) => linkId(scope.imageId, digest)));
  const blobs = await facts.blobs.getMany(digests);
  const missing: string[] = [];
  for (const [index, digest] of digests.entries()) {
    const link = links[index];
    const blob = blobs[index];
    if (!link || !blob) {
      missing.push(digest);
      continue;
    }
    assertSize(digest, sizes.get(digest), blob.sizeBytes);
    if (needsTouch(facts, link)) await facts.links.replace(touched(facts, link), { relaxed: true });
    await keepBlob(facts, blob);
  }
  return missing;
}

/** A child on its way out comes back when its deleter notices the new index: that is waited for shortly. */
async function missingChildren(facts: Facts, scope: RepositoryScope, descriptors: readonly Descriptor[]) {
  const digests = [...new Set(descriptors.map(({ digest }) => digest))];
  const ids = digests.map((digest) => artifactId(scope.imageId, digest));
  for (const waitMs of WAIT_FOR_DELETER_MS) {
    const children = await facts.artifacts.getMany(ids);
    if (!children.some((child) => child?.deletion !== undefined)) break;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  const children = await facts.artifacts.getMany(ids);
  return digests.filter((_, index) => children[index]?.state !== 'live');
}

function assertSize(digest: string, declared: number | undefined, stored: number): void {
  if (declared === stored) return;
  throw new ServiceError(
    'MANIFEST_INVALID',
    `descriptor ${digest} says size ${declared}, the blob has ${stored} bytes`,
    {
      detail: { digest, declared, stored },
    },
  );
}
