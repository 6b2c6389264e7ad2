import type { Artifact } from '../documents/artifact.ts';
import { artifactId, linkId } from '../documents/ids.ts';
import type { Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { keptAnnotations } from './kept-annotations.ts';
import type { PushedManifest } from './parse-push.ts';

/** The document of a manifest that has been read but not checked yet. */
export function pendingArtifact(
  facts: Facts,
  push: PushedManifest & { scope: RepositoryScope; bytes: Uint8Array; origin: Origin },
): Artifact {
  const { manifest, digest, bytes } = push;
  const { imageId } = push.scope;
  const now = timestamp(facts);
  const blobs = new Map(manifest.blobs.map((blob) => [blob.digest, blob.size]));
  const references = new Set([
    ...[...blobs.keys()].map((blob) => linkId(imageId, blob)),
    ...manifest.foreign.map((layer) => linkId(imageId, layer.digest)),
    ...manifest.children.map((child) => artifactId(imageId, child.digest)),
  ]);
  return {
    imageId,
    digest,
    mediaType: manifest.mediaType,
    ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
    kind: manifest.kind,
    platforms: [...manifest.platforms],
    manifestBytes: bytes.byteLength,
    sizeBytes: [...blobs.values()].reduce((sum, size) => sum + size, bytes.byteLength),
    references: [...references],
    ...(manifest.subject ? { subjectId: artifactId(imageId, manifest.subject.digest) } : {}),
    ...(manifest.subject && manifest.annotations
      ? { annotations: keptAnnotations(manifest.annotations) }
      : {}),
    state: 'pending',
    repairAt: facts.clock() + facts.settings.repairAfterMs,
    createdAt: now,
    pushedAt: now,
    createdBy: push.origin.actor,
    bytes,
  };
}
