import { parseManifest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { linkId } from '../documents/ids.ts';
import { repair } from '../maintenance/repair.ts';
import {
  Crash,
  eventTypes,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  resolve,
  storedArtifact,
  tagsNow,
} from './fixture.ts';

type Image = Awaited<ReturnType<typeof imagePush>>;

let fixture: Fixture;
let child: Image;
beforeEach(async () => {
  fixture = await openFixture();
  child = await imagePush(fixture, 'a', 'one');
  await push(fixture, child);
});
afterEach(() => fixture.dispose());

const remove = (digest: string) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const referenced = { code: 'ARTIFACT_REFERENCED' };
const unknown = { code: 'MANIFEST_UNKNOWN' };
const layerOf = ({ bytes, mediaType }: Image) => parseManifest(bytes, mediaType).layers[0]?.digest ?? '';
const stateOf = async (digest: string) => (await storedArtifact(fixture, digest))?.state;

async function repairLater(): Promise<void> {
  fixture.advance(3 * MINUTE_MS);
  await repair(fixture.facts);
}

describe('a child of an index', () => {
  test('cannot be deleted while the index is there', async () => {
    const index = indexPush(fixture, [child], 'multi');
    await push(fixture, index);
    await expect(remove(child.digest)).rejects.toMatchObject(referenced);
    await remove(index.digest);
    await remove(child.digest);
    await expect(resolve(fixture, child.digest)).rejects.toMatchObject(unknown);
  });

  test('cannot be deleted while the index is on its way out: that may come back', async () => {
    const index = indexPush(fixture, [child], 'multi');
    await push(fixture, index);
    fixture.at('artifact-deleting', () => expect(remove(child.digest)).rejects.toMatchObject(referenced));
    await remove(index.digest);
    expect(await stateOf(child.digest)).toBe('live');
  });

  test('comes back when an index is pushed over it while it is deleted, and the index succeeds', async () => {
    let indexPushed: Promise<void> = Promise.resolve();
    fixture.at('artifact-deleting', async () => {
      const pending = new Promise<void>((done) => fixture.at('artifact-pending', async () => done()));
      indexPushed = push(fixture, indexPush(fixture, [child], 'multi'));
      await pending;
    });
    await expect(remove(child.digest)).rejects.toMatchObject(referenced);
    await indexPushed;
    expect(await resolve(fixture, child.digest)).toBe(child.digest);
    expect(await tagsNow(fixture)).toEqual(['multi', 'one']);
  });

  test('that is missing has the index refused, or taken where the registry allows it', async () => {
    const missing = await imagePush(fixture, 'missing');
    await expect(push(fixture, indexPush(fixture, [missing]))).rejects.toMatchObject({
      code: 'MANIFEST_BLOB_UNKNOWN',
    });
    const lenient = await openFixture({ allowMissingChildren: true });
    await push(lenient, indexPush(lenient, [missing], 'sparse'));
    await lenient.dispose();
  });
});

describe('an index that became live between the guard and the mark of a deletion', () => {
  let index: Image;
  beforeEach(() => {
    index = indexPush(fixture, [child], 'multi');
    fixture.at('artifact-guarded', () => push(fixture, index));
  });

  async function bothAreThere(): Promise<void> {
    expect(await resolve(fixture, 'multi')).toBe(index.digest);
    expect(await resolve(fixture, 'one')).toBe(child.digest);
    expect(await storedArtifact(fixture, child.digest)).not.toHaveProperty('deletion');
  }

  test('keeps its child', async () => {
    await expect(remove(child.digest)).rejects.toMatchObject(referenced);
    await bothAreThere();
  });

  test.each(['artifact-deleting', 'artifact-returning'] as const)(
    'gets its child back by repair after a crash at %s',
    async (step) => {
      fixture.crashAt(step);
      await expect(remove(child.digest)).rejects.toThrow(Crash);
      await repairLater(); // a returning one is pending: it goes on its way out again, and comes back from there
      await bothAreThere();
    },
  );

  test('keeps the blobs of its child while that is on its way out', async () => {
    fixture.at('artifact-deleting', () =>
      expect(deleteBlob(fixture.facts, fixture.scope, layerOf(child))).rejects.toMatchObject({
        code: 'BLOB_REFERENCED',
      }),
    );
    await expect(remove(child.digest)).rejects.toMatchObject(referenced);
    await bothAreThere();
  });

  test('gets its child back only whole: not before a lost link is there again', async () => {
    const { links } = fixture.facts;
    const link = await links.get(linkId(fixture.scope.imageId, layerOf(child)));
    if (!link) throw new Error('the layer is not linked');
    fixture.at('artifact-deleting', () => links.remove(link));
    await expect(remove(child.digest)).rejects.toMatchObject(referenced);
    expect(await stateOf(child.digest)).toBe('deleting');
    await repairLater();
    expect(await stateOf(child.digest)).toBe('deleting');
    const { id, version: _, ...body } = link;
    await links.insert(id, body);
    await repairLater();
    await bothAreThere();
  });

  test('gets its child back after a pusher revived that and had to withdraw', async () => {
    const { links } = fixture.facts;
    const link = await links.get(linkId(fixture.scope.imageId, layerOf(child)));
    if (!link) throw new Error('the layer is not linked');
    fixture.at('artifact-deleting', async () => {
      await links.remove(link);
      fixture.at('artifact-returning', async () => {
        const { id, version: _, ...body } = link;
        await links.insert(id, body);
      });
      await expect(push(fixture, child)).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
    });
    await expect(remove(child.digest)).rejects.toMatchObject(referenced);
    await bothAreThere();
  });
});

test('an index whose missing children were allowed once comes back under a stricter rule', async () => {
  const lenient = await openFixture({ allowMissingChildren: true });
  const inner = indexPush(lenient, [await imagePush(lenient, 'missing')]);
  await push(lenient, inner);
  lenient.at('artifact-guarded', () => push(lenient, indexPush(lenient, [inner], 'outer')));
  const registry = { ...lenient.scope.registry, allowMissingChildren: false };
  const scope = { ...lenient.scope, registry };
  const deletion = deleteArtifact(lenient.facts, { scope, digest: inner.digest, origin: ORIGIN });
  await expect(deletion).rejects.toMatchObject(referenced);
  expect(await resolve(lenient, inner.digest)).toBe(inner.digest);
  await lenient.dispose();
});

describe('a crash of a deletion', () => {
  test.each(['artifact-deleting', 'artifact-untagged'] as const)(
    'at %s hides the manifest; repair ends the deletion with its events',
    async (step) => {
      fixture.crashAt(step);
      await expect(remove(child.digest)).rejects.toThrow(Crash);
      await expect(resolve(fixture, 'one')).rejects.toMatchObject(unknown);
      await repairLater();
      expect(await tagsNow(fixture)).toEqual([]);
      expect((await eventTypes(fixture)).slice(-2)).toEqual(['tag.deleted', 'artifact.deleted']);
    },
  );

  test('does not keep repair from the next artifact', async () => {
    const other = await imagePush(fixture, 'b', 'two');
    await push(fixture, other);
    for (const { digest } of [child, other]) {
      fixture.crashAt('artifact-deleting');
      await expect(remove(digest)).rejects.toThrow(Crash);
    }
    fixture.advance(3 * MINUTE_MS);
    fixture.crashAt('artifact-untagged');
    expect(await repair(fixture.facts)).toBe(1);
    expect(await stateOf(other.digest)).toBeUndefined();
    expect(await repair(fixture.facts)).toBe(1);
    expect(await stateOf(child.digest)).toBeUndefined();
  });
});
