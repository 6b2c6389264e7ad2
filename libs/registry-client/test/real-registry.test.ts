import path from 'node:path';
import { Readable } from 'node:stream';
import { digestOf, MEDIA_TYPES } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRegistryClient, type PushBlobOptions, type RegistryClient } from '../index.ts';
import { buildArtifact, buildImage, buildIndex, pushManifest, randomLayers } from '../testing/index.ts';
import { allOf } from './all-of.ts';
import { installedRegistries, type RealRegistry, startRealRegistry } from './real-registry.ts';

const registries = await installedRegistries();

/** Machines without any have the suites against local servers. */
(registries.length > 0 ? describe : describe.skip).each(
  registries.length > 0
    ? registries.map((binary) => ({ binary, name: path.basename(binary) }))
    : [{ binary: '', name: 'none' }],
)('against $name', ({ binary }) => {
  let registry: RealRegistry;
  let client: RegistryClient;

  beforeAll(async () => {
    registry = await startRealRegistry(binary);
    client = createRegistryClient({
      url: registry.url,
      retry: { attempts: 50, firstPauseMs: 50, maxPauseMs: 200 },
    });
    await client.ping();
  });

  afterAll(async () => {
    await client.close();
    await registry.stop();
  });

  test.each<{ method: NonNullable<PushBlobOptions['method']> }>([
    { method: 'post' },
    { method: 'postPut' },
    { method: 'patch' },
    { method: 'chunked' },
  ])(
    'a blob pushed by $method, as a stream and as bytes, comes back whole and in part',
    async ({ method }) => {
      for (const asStream of [true, false]) {
        const [bytes = Buffer.alloc(0)] = randomLayers(1, 3_000_001);
        const digest = digestOf(bytes);
        const source = asStream
          ? {
              sizeBytes: bytes.length,
              open: (start: number, end: number) => Readable.from([bytes.subarray(start, end)]),
            }
          : bytes;
        expect(await client.blobs.head('acme/blobs', digest)).toBeNull();
        await client.blobs.push('acme/blobs', digest, source, { method, chunkBytes: 1_000_000 });
        expect(await client.blobs.head('acme/blobs', digest)).toEqual({ sizeBytes: bytes.length });
        const whole = await client.blobs.get('acme/blobs', digest);
        expect(whole.sizeBytes).toBe(bytes.length);
        expect(digestOf(Buffer.concat(await whole.stream.toArray()))).toBe(digest);
        const part = await client.blobs.get('acme/blobs', digest, { range: { start: 10, end: 19 } });
        expect(Buffer.concat(await part.stream.toArray())).toEqual(bytes.subarray(10, 20));
      }
    },
  );

  test('an upload tells where it stands and can be cancelled', async () => {
    const upload = await client.uploads.patch(await client.uploads.start('acme/blobs'), Buffer.alloc(1000));
    expect(await client.uploads.status(upload)).toMatchObject({ offsetBytes: 1000 });
    await client.uploads.cancel(upload);
    await expect(client.uploads.status(upload)).rejects.toMatchObject({
      status: 404,
      errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }],
    });
  });

  test('a blob is mounted from another repository, or an upload begins', async () => {
    const [bytes = Buffer.alloc(0)] = randomLayers(1, 1000);
    const digest = digestOf(bytes);
    await client.blobs.push('acme/base', digest, bytes);
    expect(await client.blobs.mount('acme/derived', digest, 'acme/base')).toBeNull();
    expect(await client.blobs.head('acme/derived', digest)).toEqual({ sizeBytes: 1000 });
    const upload = await client.blobs.mount('acme/derived', digestOf(Buffer.from('none')), 'acme/base');
    expect(upload).toMatchObject({ repository: 'acme/derived', offsetBytes: 0 });
  });

  test('an index with its images comes back by tag and digest, byte for byte', async () => {
    const images = [1, 2].map(() => buildImage({ layers: randomLayers(2, 10_000) }));
    const index = buildIndex(images);
    await pushManifest(client, 'acme/web', { manifest: index, tag: 'multi' });
    const byTag = await client.manifests.get('acme/web', 'multi');
    expect(byTag).toMatchObject({
      digest: index.digest,
      mediaType: MEDIA_TYPES.ociIndex,
      bytes: index.bytes,
    });
    for (const image of images) {
      expect((await client.manifests.get('acme/web', image.digest)).bytes).toEqual(image.bytes);
      expect(await client.manifests.head('acme/web', image.digest)).toEqual({
        digest: image.digest,
        mediaType: MEDIA_TYPES.ociManifest,
        sizeBytes: image.bytes.length,
      });
    }
    await client.manifests.delete('acme/web', index.digest);
    expect(await client.manifests.head('acme/web', index.digest)).toBeNull();
  });

  test('tags and repositories are listed over several pages', async () => {
    const image = buildImage({ layers: randomLayers(1, 100) });
    const tags = Array.from({ length: 7 }, (_, number) => `v${number}`);
    await pushManifest(client, 'acme/tags', { manifest: image });
    for (const tag of tags) {
      await client.manifests.put('acme/tags', tag, image);
    }
    expect((await allOf(client.lists.tags('acme/tags', { pageSize: 3 }))).sort()).toEqual(tags);
    const repositories = await allOf(client.lists.catalog({ pageSize: 1 }));
    expect(repositories).toContain('acme/tags');
    expect(new Set(repositories).size).toBe(repositories.length);
  });

  test('referrers are found by the fallback tag where there is no API for them', async () => {
    const image = buildImage({ layers: randomLayers(1, 100) });
    const artifact = buildArtifact({ artifactType: 'application/vnd.example.sbom', subject: image });
    await pushManifest(client, 'acme/refs', { manifest: image, tag: 'v1' });
    await pushManifest(client, 'acme/refs', { manifest: artifact });
    expect(await allOf(client.lists.referrers('acme/refs', image.digest))).toEqual([]);
    const entry = {
      mediaType: artifact.mediaType,
      digest: artifact.digest,
      size: artifact.bytes.length,
      artifactType: 'application/vnd.example.sbom',
    };
    await client.manifests.put('acme/refs', image.digest.replace(':', '-'), {
      mediaType: MEDIA_TYPES.ociIndex,
      bytes: Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [entry] }),
      ),
    });
    expect(await allOf(client.lists.referrers('acme/refs', image.digest))).toEqual([entry]);
  });

  test('a refused push tells the OCI code', async () => {
    const image = buildImage({ layers: randomLayers(1, 100) });
    await expect(client.manifests.put('acme/refused', 'v1', image)).rejects.toMatchObject({
      code: 'REFUSED',
      status: 400,
      errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }, { code: 'MANIFEST_BLOB_UNKNOWN' }],
    });
  });
});
