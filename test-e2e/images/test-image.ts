import { createHash, randomBytes } from 'node:crypto';
import { tarOf } from './tar.ts';

export interface BlobBytes {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** An image made here, of uncompressed layers: what goes in can be compared with what comes out of any client. */
export interface TestImage {
  readonly layers: readonly BlobBytes[];
  readonly config: BlobBytes;
  /** OCI image manifest. */
  readonly manifest: BlobBytes;
  readonly architecture: string;
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';

export function blobOf(bytes: Buffer): BlobBytes {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

/** One layer per size, each a file of random bytes. */
export function makeImage(layerSizes: readonly number[], architecture = 'amd64'): TestImage {
  const layers = layerSizes.map((size, index) =>
    blobOf(tarOf([{ path: `layer-${index}.bin`, bytes: randomBytes(size) }])),
  );
  const created = '2024-01-01T00:00:00Z';
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const history = layers.map((_, index) => ({ created, created_by: `layer ${index}` }));
  const config = jsonBlob({ created, architecture, os: 'linux', config: {}, rootfs, history });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(OCI_CONFIG, config),
    layers: layers.map((layer) => descriptor(OCI_LAYER, layer)),
  });
  return { layers, config, manifest, architecture };
}

/** An OCI image index over images for different architectures. */
export function indexOf(images: readonly TestImage[]): BlobBytes {
  const manifests = images.map(({ manifest, architecture }) => ({
    ...descriptor(OCI_MANIFEST, manifest),
    platform: { architecture, os: 'linux' },
  }));
  return jsonBlob({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

export function descriptor(
  mediaType: string,
  blob: BlobBytes,
): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: blob.digest, size: blob.bytes.length };
}

export function jsonBlob(value: unknown): BlobBytes {
  return blobOf(Buffer.from(JSON.stringify(value)));
}

/** What identifies an image's content in any client: the digests of its uncompressed layers, in order. */
export function diffIds(image: TestImage): string[] {
  return image.layers.map(({ digest }) => digest);
}
