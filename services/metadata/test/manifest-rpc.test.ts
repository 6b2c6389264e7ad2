import { getManifest } from '@berth/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pushManifest } from '../artifacts/push-manifest.ts';
import { imagePush, referrerPush } from './fixture.ts';
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
