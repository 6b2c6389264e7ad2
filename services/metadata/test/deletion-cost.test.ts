import type { Collection } from '@berth/document-store';
import { afterEach, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { ALICE, type Fixture, imagePush, ORIGIN, openFixture, push } from './fixture.ts';

let fixture: Fixture;
afterEach(() => fixture.dispose());

/** Documents that stories read and write through these facts. */
function counted(facts: Facts): { readonly facts: Facts; readonly count: { read: number } } {
  const count = { read: 0 };
  const watched = <Body extends object>(collection: Collection<Body>): Collection<Body> => ({
    ...collection,
    async get(id) {
      count.read++;
      return await collection.get(id);
    },
    async getMany(ids) {
      count.read += ids.length;
      return await collection.getMany(ids);
    },
    async page(query) {
      const page = await collection.page(query);
      count.read += 1 + page.items.length;
      return page;
    },
  });
  const { tags, artifacts, links, blobs, images, protectionPolicies, registries } = facts;
  return {
    count,
    facts: {
      ...facts,
      tags: watched(tags),
      artifacts: watched(artifacts),
      links: watched(links),
      blobs: watched(blobs),
      images: watched(images),
      protectionPolicies: watched(protectionPolicies),
      registries: watched(registries),
    },
  };
}

/** What it costs to delete an artifact of an image that has so many tags on others. */
async function costWith(tags: number): Promise<{ read: number; written: number }> {
  fixture = await openFixture();
  const { facts, scope } = fixture;
  const kept = await imagePush(fixture, 'kept', 'kept');
  const gone = await imagePush(fixture, 'gone', 'gone');
  await push(fixture, kept);
  await push(fixture, gone);
  const tag = {
    ...{ imageId: scope.imageId, digest: kept.digest, artifactId: artifactId(scope.imageId, kept.digest) },
    ...{ createdAt: '', updatedAt: '', createdBy: ALICE },
  };
  for (let from = 0; from < tags; from += 1_000) {
    const names = Array.from({ length: Math.min(1_000, tags - from) }, (_, index) => `t${from + index}`);
    await facts.store.writeMany(
      names.map((name) =>
        facts.tags.write.insert(tagId(scope.imageId, name), { ...tag, name }, { relaxed: true }),
      ),
    );
  }
  const watched = counted(facts);
  const before = facts.store.counters.documentWrites;
  await deleteArtifact(watched.facts, { scope, digest: gone.digest, origin: ORIGIN });
  return { read: watched.count.read, written: facts.store.counters.documentWrites - before };
}

test('a delete of an artifact costs the same with 10,000 tags in its image as with 10', async () => {
  const few = await costWith(10);
  await fixture.dispose();
  const many = await costWith(10_000);
  expect(many).toEqual(few);
  expect(few.written).toBeLessThan(10);
  expect(few.read).toBeLessThan(60);
});
