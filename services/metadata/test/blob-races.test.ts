import { StoreError } from '@berth/document-store';
import { digestOf, parseManifest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { mountBlob } from '../blobs/mount-blob.ts';
import { statBlob } from '../blobs/stat-blob.ts';
import { linkId } from '../documents/ids.ts';
import { createRegistryFinder } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import {
  Crash,
  type Fixture,
  imagePush,
  MINUTE_MS,
  openFixture,
  push,
  resolve,
  storeBlob,
  tagsNow,
} from './fixture.ts';

let fixture: Fixture;
let image: Awaited<ReturnType<typeof imagePush>>;
/** A layer of the image, stored and linked; the image is not pushed yet. */
let layer: string;
beforeEach(async () => {
  fixture = await openFixture();
  image = await imagePush(fixture, 'a', 'one');
  layer = parseManifest(image.bytes, image.mediaType).layers[0]?.digest ?? '';
});
afterEach(() => fixture.dispose());

const remove = () => deleteBlob(fixture.facts, fixture.scope, layer);
const stat = (touch: boolean, digest = layer, scope: RepositoryScope = fixture.scope) =>
  statBlob(fixture.facts, scope, { digest, touch });
const stateOf = async (digest = layer) =>
  (await fixture.facts.links.get(linkId(fixture.scope.imageId, digest)))?.state;
const referenced = { code: 'BLOB_REFERENCED' };
const unknown = { code: 'BLOB_UNKNOWN' };

describe('deletion of a blob', () => {
  test('takes it out of the image, once', async () => {
    await remove();
    await expect(stat(false)).rejects.toMatchObject(unknown);
    await expect(remove()).rejects.toMatchObject(unknown);
    await expect(push(fixture, image)).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
  });

  test.each(['link-condemned', 'link-unneeded'] as const)(
    'loses to a push that goes all its way at %s',
    async (step) => {
      fixture.at(step, () => push(fixture, image));
      await expect(remove()).rejects.toMatchObject(referenced);
      expect(await resolve(fixture, 'one')).toBe(image.digest);
      expect(await stateOf()).toBe('live');
    },
  );

  test.each(['artifact-pending', 'artifact-checked', 'image-ensured', 'artifact-live'] as const)(
    'loses to a push that got to %s',
    async (step) => {
      fixture.at(step, () => expect(remove()).rejects.toMatchObject(referenced));
      await push(fixture, image);
      expect(await stateOf()).toBe('live');
    },
  );

  test('that condemned the link before a pusher looks at it loses, though it saw no artifact', async () => {
    let removal: Promise<void> = Promise.resolve();
    fixture.at('link-unneeded', async () => {
      const isChecked = new Promise<void>((done) => fixture.at('artifact-checked', async () => done()));
      removal = push(fixture, image);
      await isChecked;
    });
    await expect(remove()).rejects.toMatchObject(referenced);
    await removal;
    expect(await stateOf()).toBe('live');
  });

  test('goes on after a HEAD that made the link live again: it is the newer wish', async () => {
    fixture.at('link-unneeded', () => stat(true));
    await remove();
    await expect(stat(true)).rejects.toMatchObject(unknown);
  });

  test('by two at once succeeds for one of them', async () => {
    fixture.at('link-unneeded', remove);
    await expect(remove()).rejects.toMatchObject(unknown);
    expect(await stateOf()).toBeUndefined();
  });

  test.each(['link-condemned', 'link-unneeded'] as const)(
    'that died at %s leaves a link that serves, and that a pusher makes live again',
    async (step) => {
      fixture.crashAt(step);
      await expect(remove()).rejects.toThrow(Crash);
      expect(await stateOf()).toBe('condemned');
      expect(await stat(false)).toMatchObject({ digest: layer });
      await push(fixture, image);
      expect(await stateOf()).toBe('live');
      expect(await tagsNow(fixture)).toEqual(['one']);
    },
  );

  test('that died is ended by the next', async () => {
    fixture.crashAt('link-condemned');
    await expect(remove()).rejects.toThrow(Crash);
    await remove();
    expect(await stateOf()).toBeUndefined();
  });
});

describe('a mount', () => {
  const content = 'late';
  const digest = digestOf(Buffer.from(content));
  const other = () => ({ ...fixture.scope, image: 'other', imageId: `${fixture.scope.registry.id}/other` });
  /** Into the image, from another image that has the link, but whose bytes are gone. */
  const mount = () =>
    mountBlob(fixture.facts, createRegistryFinder(fixture.facts), {
      scope: fixture.scope,
      digest,
      candidates: [{ registry: 'acme', image: 'other' }],
      isRegistryWide: false,
    });
  const store = (scope: RepositoryScope) => storeBlob({ ...fixture, scope }, content);

  beforeEach(async () => {
    await fixture.facts.links.insert(linkId(other().imageId, digest), {
      registryId: fixture.scope.registry.id,
      digest,
      state: 'live',
      touchedAt: 0,
    });
  });

  test('that finds no bytes leaves no link', async () => {
    expect(await mount()).toBeNull();
    expect(await stateOf(digest)).toBeUndefined();
  });

  test.each(['blob-linked', 'blob-missing', 'link-condemned', 'link-unneeded'] as const)(
    'at %s leaves the link to an upload that was committed meanwhile',
    async (step) => {
      fixture.at(step, () => store(fixture.scope));
      await mount();
      expect(await stat(false, digest)).toMatchObject({ digest });
    },
  );

  test('leaves it as well when that upload found the bytes of another image there', async () => {
    fixture.at('blob-missing', async () => {
      await store(other());
      await store(fixture.scope);
    });
    await mount();
    expect(await stat(false, digest)).toMatchObject({ digest });
  });

  test('leaves it to a manifest that names it by now', async () => {
    const late = await imagePush(fixture, 'b', 'two', { layer: content });
    await deleteBlob(fixture.facts, fixture.scope, digest);
    const blob = await fixture.facts.blobs.get(digest);
    if (!blob) throw new Error('no bytes');
    await fixture.facts.blobs.remove(blob);
    fixture.at('blob-missing', async () => {
      await store(other());
      await push(fixture, late);
    });
    await mount();
    expect(await stat(false, digest)).toMatchObject({ digest });
    expect(await stateOf(digest)).toBe('live');
  });

  test('whose source is deleted meanwhile has a link of its own', async () => {
    await store(other());
    fixture.at('blob-linked', () => deleteBlob(fixture.facts, other(), digest));
    expect(await mount()).toMatchObject({ digest });
    expect(await stat(false, digest)).toMatchObject({ digest });
    await expect(stat(false, digest, other())).rejects.toMatchObject(unknown);
  });
});

describe('a touch that cannot be written', () => {
  const full = () => Promise.reject(new StoreError('STORAGE_FULL', 'no room in /secret/metadata.db'));
  const stuck = () => ({ ...fixture.facts, links: { ...fixture.facts.links, replace: full } });

  test('has the pusher send the blob again', async () => {
    fixture.advance(7 * 60 * MINUTE_MS);
    const touch = statBlob(stuck(), fixture.scope, { digest: layer, touch: true });
    await expect(touch).rejects.toMatchObject({ ...unknown, message: expect.not.stringContaining('secret') });
  });

  test('is not needed while the link is fresh, nor to read', async () => {
    expect(await statBlob(stuck(), fixture.scope, { digest: layer, touch: true })).toMatchObject({});
    fixture.advance(7 * 60 * MINUTE_MS);
    expect(await statBlob(stuck(), fixture.scope, { digest: layer, touch: false })).toMatchObject({});
  });
});
