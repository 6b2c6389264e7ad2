import { randomBytes } from 'node:crypto';
import { type Digest, digestOf, MEDIA_TYPES } from '@berth/oci';
import type { PushBlobOptions } from '../push-blob.ts';
import type { RegistryClient } from '../registry-client.ts';

/** A manifest with all that it needs to be pushed. */
export interface BuiltManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
  /** Pushed before the manifest. */
  readonly blobs: readonly Buffer[];
  /** Pushed before the manifest, by digest. */
  readonly children: readonly BuiltManifest[];
}

/** Layers that nothing can compress or has seen before. */
export function randomLayers(count: number, sizeBytes: number): Buffer[] {
  return Array.from({ length: count }, () => randomBytes(sizeBytes));
}

/** An OCI image manifest with a config that is its own. */
export function buildImage(options: {
  readonly layers: readonly Buffer[];
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}): BuiltManifest {
  const { layers, platform = { os: 'linux', architecture: 'amd64' }, annotations } = options;
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) },
    }),
  );
  return built(MEDIA_TYPES.ociManifest, [config, ...layers], [], {
    config: describe(MEDIA_TYPES.ociConfig, config),
    layers: layers.map((layer) => describe(MEDIA_TYPES.ociLayer, layer)),
    ...(annotations === undefined ? {} : { annotations }),
  });
}

/** An OCI index over images; their platforms count up from `linux/amd64`. */
export function buildIndex(children: readonly BuiltManifest[]): BuiltManifest {
  const architectures = ['amd64', 'arm64', 's390x', 'ppc64le', 'riscv64'];
  return built(MEDIA_TYPES.ociIndex, [], children, {
    manifests: children.map((child, index) => ({
      ...describe(child.mediaType, child.bytes),
      platform: { os: 'linux', architecture: architectures[index % architectures.length] },
    })),
  });
}

/** An artifact that refers to a subject (OCI image specification, "Guidelines for Artifact Usage"). */
export function buildArtifact(options: {
  readonly artifactType: string;
  readonly subject?: BuiltManifest;
  readonly content?: Buffer;
  readonly annotations?: Readonly<Record<string, string>>;
}): BuiltManifest {
  const { artifactType, subject, content = randomBytes(32), annotations } = options;
  const empty = Buffer.from('{}');
  return built(MEDIA_TYPES.ociManifest, [empty, content], [], {
    artifactType,
    config: describe(MEDIA_TYPES.ociEmpty, empty),
    layers: [describe('application/octet-stream', content)],
    ...(subject === undefined ? {} : { subject: describe(subject.mediaType, subject.bytes) }),
    ...(annotations === undefined ? {} : { annotations }),
  });
}

/** Pushes blobs that are not there yet, then children, then the manifest: under `tag`, or its digest without one. */
export async function pushManifest(
  client: RegistryClient,
  repository: string,
  options: {
    readonly manifest: BuiltManifest;
    readonly tag?: string;
    readonly method?: PushBlobOptions['method'];
  },
): Promise<Digest> {
  const { manifest, tag, method = 'patch' } = options;
  await Promise.all(
    manifest.blobs.map(async (blob) => {
      const digest = digestOf(blob);
      if ((await client.blobs.head(repository, digest, { isPush: true })) === null) {
        await client.blobs.push(repository, digest, blob, { method });
      }
    }),
  );
  for (const child of manifest.children) {
    await pushManifest(client, repository, { manifest: child, method });
  }
  const stored = await client.manifests.put(repository, tag ?? manifest.digest, manifest);
  return stored.digest;
}

function built(
  mediaType: string,
  blobs: readonly Buffer[],
  children: readonly BuiltManifest[],
  fields: object,
): BuiltManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return { bytes, mediaType, digest: digestOf(bytes), blobs, children };
}

function describe(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
