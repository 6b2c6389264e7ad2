import type { AuditFinding } from '@berth/contracts';
import { parseManifest } from '@berth/oci';
import { artifactId, linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { finding } from './finding.ts';
import { createRepositoryNames } from './repository-names.ts';

/** A live artifact is whole: its image has each blob and child that it names, but for children where the registry does not insist. */
export async function auditArtifacts(facts: Facts, ids: readonly string[]): Promise<AuditFinding[]> {
  const nameOf = createRepositoryNames(facts);
  const findings: AuditFinding[] = [];
  for (const id of ids) {
    const artifact = await facts.artifacts.get(id);
    if (artifact?.state !== 'live') continue;
    const { imageId, bytes, mediaType } = artifact;
    const registry = await facts.registries.get(imageId.slice(0, imageId.indexOf('/')));
    const about = { isRepaired: false, ...(await nameOf(imageId)) };
    if (registry === null) {
      findings.push(finding('ownerless', 'artifacts', id, { ...about, detail: 'its registry is gone' }));
      continue;
    }
    const manifest = parseManifest(bytes, mediaType);
    const children = registry.allowMissingChildren ? [] : manifest.children.map(({ digest }) => digest);
    const missing = [
      ...(await missingBlobs(facts, imageId, [...new Set(manifest.blobs.map(({ digest }) => digest))])),
      ...(await missingChildren(facts, imageId, [...new Set(children)])),
    ];
    if (missing.length === 0) continue;
    const detail = `manifest ${artifact.digest} names what is not in its image: ${missing.slice(0, 10).join(', ')}`;
    findings.push(finding('missingReference', 'artifacts', id, { ...about, detail }));
  }
  return findings;
}

async function missingBlobs(facts: Facts, imageId: string, digests: readonly string[]): Promise<string[]> {
  const links = await facts.links.existing(digests.map((digest) => linkId(imageId, digest)));
  const blobs = await facts.blobs.existing(digests);
  return digests.filter((digest) => !links.has(linkId(imageId, digest)) || !blobs.has(digest));
}

async function missingChildren(facts: Facts, imageId: string, digests: readonly string[]): Promise<string[]> {
  const children = await facts.artifacts.existing(digests.map((digest) => artifactId(imageId, digest)));
  return digests.filter((digest) => !children.has(artifactId(imageId, digest)));
}
