import { deleteBlob, getManifest, statBlob } from '@berth/contracts';
import { openDocumentReader } from '@berth/document-store';
import { digestOf } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createManifestReader } from '../artifacts/manifest-reader.ts';
import { pushManifest } from '../artifacts/push-manifest.ts';
import { imageId, tagId } from '../documents/ids.ts';
import { pullStatistics } from '../documents/pull-statistic.ts';
import { imagePush, indexPush, layersPush, ORIGIN, referrerPush, storeBlob } from './fixture.ts';
import { type HttpFixture, startHttpFixture } from './http-fixture.ts';

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await startHttpFixture();
  await fixture.createRegistry('acme');
});
afterAll(() => fixture.stop());

describe('a manifest, asked for to be pulled,', () => {
  const ask = (reference: string, purpose: 'get' | 'head' | 'silent') =>
    fixture.bus.call(
      getManifest,
      { repository: { registry: 'acme', image: 'web' }, reference, purpose },
      { requestId: 'r1' },
    );

  test('tells its size with all it names, its type, and whether it belongs to another', async () => {
    const repository = { facts: fixture.facts, scope: await fixture.scope('acme/web') };
    const image = await imagePush(repository, 'a', '1.0');
    const signatureTag = `${image.digest.replace(':', '-')}.sig`;
    const signature = await imagePush(repository, 'signature', signatureTag);
    const referrer = await referrerPush(repository, image);
    for (const push of [image, signature, referrer]) await pushManifest(fixture.facts, push);
    const config = '{"config":"a"}';
    expect(await ask('1.0', 'get')).toMatchObject({
      digest: image.digest,
      sizeBytes: image.bytes.byteLength,
      artifactSizeBytes: image.bytes.byteLength + config.length + 'layer a'.length,
      artifactType: 'application/vnd.oci.image.config.v1+json',
      isAttached: false,
    });
    expect(await ask(image.digest, 'get')).toMatchObject({ isAttached: false });
    expect(await ask(signatureTag, 'get')).toMatchObject({ isAttached: true });
    expect(await ask(referrer.digest, 'get')).toMatchObject({
      isAttached: true,
      artifactType: 'application/vnd.example.signature',
    });
    for (const purpose of ['head', 'silent'] as const)
      expect(await ask(referrer.digest, purpose)).not.toHaveProperty('isAttached');
  });
});

describe('where the blobs of a manifest are', () => {
  const repository = { registry: 'acme', image: 'blobs' };
  const ask = (reference: string, withBlobs: boolean) =>
    fixture.bus.call(getManifest, { repository, reference, purpose: 'get', withBlobs });

  test('is told to whoever asks for that, and for nothing but an image', async () => {
    const parts = { facts: fixture.facts, scope: await fixture.scope('acme/blobs') };
    const image = await imagePush(parts, 'b', '1.0');
    await pushManifest(fixture.facts, image);
    const index = indexPush(parts, [image], 'index');
    await pushManifest(fixture.facts, index);
    const digests = ['{"config":"b"}', 'layer b'].map((text) => digestOf(Buffer.from(text)));
    const stored = await fixture.facts.blobs.getMany(digests);
    expect((await ask('1.0', true)).blobs).toEqual(
      digests.map((digest, index) => ({
        digest,
        sizeBytes: stored[index]?.sizeBytes,
        key: stored[index]?.key,
      })),
    );
    expect(await ask('1.0', false)).not.toHaveProperty('blobs');
    expect((await ask('index', true)).blobs).toEqual([]);
  });

  test('is not told of a foreign layer, which nobody had to have', async () => {
    await fixture.createRegistry('victim');
    const victim = { facts: fixture.facts, scope: await fixture.scope('victim/web') };
    await imagePush(victim, 'secret', '1.0');
    const secret = digestOf(Buffer.from('layer secret'));
    const parts = { facts: fixture.facts, scope: await fixture.scope('acme/blobs') };
    const thief = await layersPush(parts, 'thief', [
      {
        mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
        ...{ digest: secret, size: 12, urls: ['https://example.com/layer'] },
      },
    ]);
    await pushManifest(fixture.facts, thief);
    expect((await fixture.facts.blobs.get(secret))?.state).toBe('live');
    const { blobs } = await ask('thief', true);
    expect(blobs).toHaveLength(1);
    expect(blobs?.map(({ digest }) => digest)).not.toContain(secret);
    await expect(
      fixture.bus.call(statBlob, { repository, digest: secret, touch: false }),
    ).rejects.toMatchObject({
      code: 'BLOB_UNKNOWN',
    });
  });

  test('is told of a hundred of them', async () => {
    const parts = { facts: fixture.facts, scope: await fixture.scope('acme/blobs') };
    const layers: { digest: string; size: number }[] = [];
    for (let count = 0; count < 120; count += 1) layers.push(await storeBlob(parts, `layer ${count}`));
    const many = await layersPush(parts, 'many', layers);
    await pushManifest(fixture.facts, many);
    expect((await ask('many', true)).blobs).toHaveLength(100);
  });

  test('counts no more, as all hear, when a blob or the registry is taken away', async () => {
    let heard = 0;
    const listening = fixture.bus.onSignal('blobsWithdrawn', () => {
      heard += 1;
    });
    await fixture.createRegistry('leaving');
    const parts = { facts: fixture.facts, scope: await fixture.scope('leaving/web') };
    await imagePush(parts, 'c', '1.0'); // its blobs only
    const blob = {
      repository: { registry: 'leaving', image: 'web' },
      digest: digestOf(Buffer.from('layer c')),
    };
    await fixture.bus.call(deleteBlob, { ...blob, actor: ORIGIN.actor });
    expect(heard).toBe(1);
    const again = fixture.bus.call(deleteBlob, { ...blob, actor: ORIGIN.actor });
    await expect(again).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(heard).toBe(1); // else whoever may delete makes every copy look at all blobs again
    const answer = await fixture.send('DELETE', '/registries/leaving?force=true');
    expect(answer.status).toBe(202);
    await waitUntil(() => heard === 3); // when it is decided, and when it is gone
    listening.stop();
  });
});

describe('a manifest that is read again', () => {
  test('is what the tag points at now, with its own blobs, whatever it pointed at before', async () => {
    const parts = { facts: fixture.facts, scope: await fixture.scope('acme/again') };
    const reader = createManifestReader(fixture.facts);
    const read = async (reference: string) => {
      const { artifact, blobs } = await reader.read(parts.scope, reference, { withBlobs: true });
      return { digest: artifact.digest, blobs: blobs.map(({ digest }) => digest) };
    };
    for (const content of ['first', 'second']) {
      const image = await imagePush(parts, content, '1.0');
      await pushManifest(fixture.facts, image);
      const blobs = [`{"config":"${content}"}`, `layer ${content}`].map((text) =>
        digestOf(Buffer.from(text)),
      );
      for (let reads = 0; reads < 2; reads += 1)
        expect(await read('1.0')).toEqual({ digest: image.digest, blobs });
      expect(await read(image.digest)).toEqual({ digest: image.digest, blobs });
    }
    const { items } = await fixture.facts.tags.page({ index: 'id', range: { gte: '' }, limit: 100 });
    const [tag] = items.filter(({ id }) => id === tagId(parts.scope.imageId, '1.0'));
    if (tag) await fixture.facts.tags.remove(tag);
    await expect(read('1.0')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
    const artifact = await fixture.facts.artifacts.get(tag?.artifactId ?? '');
    if (artifact) await fixture.facts.artifacts.remove(artifact);
    await expect(read(artifact?.digest ?? '')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
  });

  test('has its tag and itself read at once, and its blobs not again so soon', async () => {
    const parts = { facts: fixture.facts, scope: await fixture.scope('acme/ahead') };
    await pushManifest(fixture.facts, await imagePush(parts, 'ahead', '1.0'));
    const begun: string[] = [];
    const noted = <Read extends { get(id: string): Promise<unknown> }>(name: string, of: Read): Read => ({
      ...of,
      get(id: string) {
        begun.push(name);
        return of.get(id);
      },
    });
    const { tags, artifacts, blobs, tagWithArtifact } = fixture.facts;
    const reader = createManifestReader({
      ...fixture.facts,
      tags: noted('tag', tags),
      artifacts: noted('artifact', artifacts),
      blobs: noted('blob', blobs),
      tagWithArtifact(id) {
        begun.push('both');
        return tagWithArtifact(id);
      },
    });
    const read = () => reader.read(parts.scope, '1.0', { withBlobs: true });
    expect((await read()).blobs).toHaveLength(2);
    expect(begun).toEqual(['both', 'blob', 'blob']);
    expect((await read()).blobs).toHaveLength(2);
    expect(begun.slice(3)).toEqual(['both']);
    reader.forgetBlobs();
    await read();
    expect(begun.slice(4)).toEqual(['both', 'blob', 'blob']);
  });
});

test('Pulls that are answered while metadata stops are counted', async () => {
  const own = await startHttpFixture();
  try {
    const { id } = await own.createRegistry('acme');
    await own.push('acme/web', 'a', '1.0');
    const repository = { registry: 'acme', image: 'web' };
    let answered = 0;
    const pull = async (): Promise<void> => {
      for (;;) {
        await own.bus.call(getManifest, { repository, reference: '1.0', purpose: 'get' });
        answered += 1;
      }
    };
    const pulling = Promise.allSettled(Array.from({ length: 20 }, pull));
    await waitUntil(() => answered > 500);
    await own.end();
    await pulling;
    const reader = await openDocumentReader(own.databaseUrl);
    const counted = await reader.collection(pullStatistics).get(imageId(id, 'web'));
    await reader.close();
    expect(counted?.pullCount).toBeGreaterThanOrEqual(answered);
  } finally {
    await own.stop();
  }
});
