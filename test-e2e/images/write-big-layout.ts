import { createHash, randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BlobBytes, descriptor, jsonBlob, OCI_MANIFEST } from './test-image.ts';

const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Writes an OCI layout with an image of one layer of `layerBytes`, tag `latest`, without ever holding it in memory.
 * Gives the digest of the layer.
 */
export async function writeBigLayout(folder: string, layerBytes: number): Promise<string> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const hash = createHash('sha256');
  await pipeline(Readable.from(pieces(layerBytes, hash)), createWriteStream(join(folder, 'layer')));
  const hex = hash.digest('hex');
  await rename(join(folder, 'layer'), join(blobs, hex));
  const layer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: `sha256:${hex}`,
    size: layerBytes,
  };
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = jsonBlob({ architecture: 'amd64', os: 'linux', config: {}, rootfs });
  const configType = 'application/vnd.oci.image.config.v1+json';
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(configType, config),
    layers: [layer],
  });
  const write = ({ digest, bytes }: BlobBytes): Promise<void> =>
    writeFile(join(blobs, digest.slice(7)), bytes);
  await Promise.all([write(config), write(manifest)]);
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const index = { schemaVersion: 2, manifests: [{ ...descriptor(OCI_MANIFEST, manifest), annotations }] };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return layer.digest;
}

/** One random piece over and over, numbered so that no two are equal. */
function* pieces(totalBytes: number, hash: { update(bytes: Buffer): unknown }): Generator<Buffer> {
  const random = randomFillSync(Buffer.alloc(PIECE_BYTES));
  for (let offset = 0; offset < totalBytes; offset += PIECE_BYTES) {
    const piece = Buffer.from(random.subarray(0, Math.min(PIECE_BYTES, totalBytes - offset)));
    piece.writeUInt32BE(offset / PIECE_BYTES, 0);
    hash.update(piece);
    yield piece;
  }
}
