import type { ArtifactDetailResource, ArtifactResource } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { type Descriptor, parseManifest } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';
import { readPulls } from '../pulls/read-pulls.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { firstTags } from '../tags/first-tags.ts';
import { pulledTime } from '../tags/view-tag.ts';
import type { TaggedArtifact } from './list-artifacts.ts';
import { listReferrers } from './list-referrers.ts';

const REFERRERS_SHOWN = 100;

/** Artifacts as lists of the management API show them. */
export async function viewArtifacts(
  facts: Facts,
  tagged: readonly TaggedArtifact[],
): Promise<ArtifactResource[]> {
  const pulls = await readPulls(
    facts,
    tagged.map(({ artifact }) => artifact),
  );
  return tagged.map(({ artifact, tags }, index) => ({
    id: artifact.id,
    digest: artifact.digest,
    mediaType: artifact.mediaType,
    ...(artifact.artifactType === undefined ? {} : { artifactType: artifact.artifactType }),
    platforms: artifact.platforms,
    size: artifact.sizeBytes,
    tags: [...tags],
    pushedAt: artifact.pushedAt,
    lastPulledAt: pulledTime(pulls[index]?.lastPulledAt),
    pullCount: pulls[index]?.count ?? 0,
    createdAt: artifact.createdAt,
    updatedAt: artifact.pushedAt,
    createdBy: artifact.createdBy,
  }));
}

/** One artifact with what its manifest says and what refers to it. */
export async function viewArtifact(
  facts: Facts,
  scope: RepositoryScope,
  artifact: Artifact & Stored,
): Promise<ArtifactDetailResource> {
  const [resource] = await viewArtifacts(facts, [{ artifact, tags: await firstTags(facts, artifact.id) }]);
  if (!resource) throw new Error(`artifact ${artifact.id} has no view`);
  const manifest = parseManifest(artifact.bytes, artifact.mediaType);
  const { descriptors } = await listReferrers(facts, scope, {
    digest: artifact.digest,
    limit: REFERRERS_SHOWN,
  });
  return {
    ...resource,
    ...(manifest.config ? { config: viewDescriptor(manifest.config) } : {}),
    ...(manifest.kind === 'image' ? { layers: manifest.layers.map(viewDescriptor) } : {}),
    ...(manifest.kind === 'index' ? { manifests: manifest.children.map(viewDescriptor) } : {}),
    annotations: { ...manifest.annotations },
    ...(manifest.subject ? { subject: viewDescriptor(manifest.subject) } : {}),
    referrers: descriptors,
  };
}

function viewDescriptor(descriptor: Descriptor): NonNullable<ArtifactDetailResource['subject']> {
  const { mediaType, digest, size, artifactType, annotations, platform } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    ...(platform === undefined ? {} : { platform }),
  };
}
