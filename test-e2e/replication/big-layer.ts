import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Digest, MEDIA_TYPES } from '@berth/oci';
import type { BlobSource, RegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildImage } from '@berth/registry-client/testing';

const BLOCK_BYTES = 1024 * 1024;

export interface BigImage {
  readonly manifest: BuiltManifest;
  readonly layer: { readonly digest: Digest; readonly sizeBytes: number };
}

/** Pushes an image whose one layer has that many MiB, made on the way: no two of these are alike. */
export async function pushBigImage(
  client: RegistryClient,
  repository: string,
  { tag, mib }: { readonly tag: string; readonly mib: number },
): Promise<BigImage> {
  const block = randomBytes(BLOCK_BYTES);
  const hash = createHash('sha256');
  for (let index = 0; index < mib; index += 1) hash.update(blockAt(block, index));
  const digest: Digest = `sha256:${hash.digest('hex')}`;
  const source: BlobSource = {
    sizeBytes: mib * BLOCK_BYTES,
    open: () => Readable.from(blocks(block, mib)),
  };
  await client.blobs.push(repository, digest, source, { method: 'patch' });
  const small = buildImage({ layers: [] });
  const [config = Buffer.alloc(0)] = small.blobs;
  await client.blobs.push(repository, JSON.parse(small.bytes.toString('utf8')).config.digest, config);
  const described = JSON.parse(small.bytes.toString('utf8'));
  const layer = { mediaType: MEDIA_TYPES.ociLayer, digest, size: source.sizeBytes };
  const bytes = Buffer.from(JSON.stringify({ ...described, layers: [layer] }));
  const stored = await client.manifests.put(repository, tag, { bytes, mediaType: small.mediaType });
  return {
    manifest: { ...small, bytes, digest: stored.digest },
    layer: { digest, sizeBytes: source.sizeBytes },
  };
}

/** The digest of a blob as a registry gives it. */
export async function digestOfBlob(
  client: RegistryClient,
  repository: string,
  digest: Digest,
): Promise<string> {
  const { stream } = await client.blobs.get(repository, digest);
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function* blocks(block: Buffer, count: number): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield blockAt(block, index);
}

function blockAt(block: Buffer, index: number): Buffer {
  const bytes = Buffer.from(block);
  bytes.writeUInt32BE(index);
  return bytes;
}
