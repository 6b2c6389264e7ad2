import type { AuditFinding, AuditKind } from '@berth/contracts';
import { parseManifest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { adoptOrphans } from '../audit/adopt-orphans.ts';
import { auditFacts } from '../audit/audit.ts';
import { describeBlob, giveUpBlob } from '../audit/describe-blob.ts';
import { artifactId, linkId, tagId } from '../documents/ids.ts';
import type { Step } from '../facts.ts';
import {
  type Fixture,
  imagePush,
  indexPush,
  ORIGIN,
  openFixture,
  push,
  storeBlob,
  tagsNow,
} from './fixture.ts';
import { storedNow, sweepOut } from './sweep-fixture.ts';

let fixture: Fixture;
let image: Awaited<ReturnType<typeof imagePush>>;
let layer: string;
beforeEach(async () => {
  fixture = await openFixture();
  image = await imagePush(fixture, 'a', 'one');
  layer = parseManifest(image.bytes, image.mediaType).layers[0]?.digest ?? '';
  await push(fixture, image);
});
afterEach(() => fixture.dispose());

const KINDS: readonly AuditKind[] = ['blobs', 'uploads', 'links', 'artifacts', 'tags'];

/** All findings, as the check comes to them: pages, then each finding again. */
async function check(repair = false): Promise<AuditFinding[]> {
  const found: AuditFinding[] = [];
  for (const kind of KINDS) {
    let after: string | undefined;
    do {
      const page = await auditFacts(fixture.facts, { kind, limit: 1, after, repair });
      expect(page.findings.filter(({ isRepaired }) => isRepaired)).toEqual([]);
      const ids = page.findings.map(({ id }) => id);
      if (ids.length > 0)
        found.push(...(await auditFacts(fixture.facts, { kind, limit: 1, ids, repair })).findings);
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
  return found;
}
const problems = async (repair = false) =>
  (await check(repair)).map(({ problem, kind }) => `${problem} ${kind}`);

async function removeDocument(
  collection: 'blobs' | 'links' | 'uploads' | 'artifacts' | 'registries',
  id: string,
) {
  const document = await fixture.facts[collection].get(id);
  if (document === null) throw new Error(`no ${id} in ${collection}`);
  await fixture.facts[collection].remove(document);
}
const link = () => linkId(fixture.scope.imageId, layer);

describe('facts that agree', () => {
  test('are no findings: images, indexes, deletions and sweeps under way', async () => {
    await push(fixture, indexPush(fixture, [image], 'all'));
    await storeBlob(fixture, 'not named yet');
    expect(await problems()).toEqual([]);
    await sweepOut(fixture);
    expect(await problems()).toEqual([]);
  });

  test.each([
    'artifact-pending',
    'artifact-checked',
    'artifact-deleting',
    'artifact-untagged',
    'links-under-review',
  ] as const satisfies readonly Step[])('are none at %s of a push and a deletion either', async (step) => {
    let found: string[] = ['not come to'];
    fixture.at(step, async () => {
      found = await problems();
    });
    await deleteArtifact(fixture.facts, { scope: fixture.scope, digest: image.digest, origin: ORIGIN });
    await push(fixture, await imagePush(fixture, 'b', 'two'));
    expect(found).toEqual([]);
  });
});

describe('a finding', () => {
  test('is a blob that is gone: told once, of the artifact that is not whole', async () => {
    await removeDocument('blobs', layer);
    expect(await check()).toMatchObject([
      // The upload is under review yet.
      { problem: 'missingReference', repository: 'acme/web', detail: expect.stringContaining(layer) },
    ]);
    expect((await check(true)).map(({ isRepaired }) => isRepaired)).toEqual([false]);
    // Nothing is lost by the check: a push mends it.
    await push(fixture, await imagePush(fixture, 'a', 'one'));
    expect(await problems()).toEqual([]);
  });

  test('is a dangling link that nothing names, which goes', async () => {
    const { digest } = await storeBlob(fixture, 'layer');
    await removeDocument('blobs', digest);
    expect(await problems()).toEqual([]); // the sweep comes to it
    const { links } = fixture.facts;
    const found = await links.get(linkId(fixture.scope.imageId, digest));
    if (!found) throw new Error('no link');
    const { reviewAt: _, ...forgotten } = found;
    await links.replace(forgotten);
    expect(await check(true)).toMatchObject([{ problem: 'danglingLink', isRepaired: true }]);
    expect(await problems()).toEqual([]);
  });

  test('is a tag without its artifact, which goes', async () => {
    await removeDocument('artifacts', artifactId(fixture.scope.imageId, image.digest));
    const found = (await check(true)).filter(({ problem }) => problem === 'danglingTag');
    expect(found).toMatchObject([
      { id: tagId(fixture.scope.imageId, 'one'), repository: 'acme/web', isRepaired: true },
    ]);
    expect(await tagsNow(fixture)).toEqual([]);
  });

  test('is no such tag any more where its artifact was pushed since the look: it stays', async () => {
    const other = await imagePush(fixture, 'b', 'two');
    await push(fixture, other);
    for (const { digest } of [image, other])
      await removeDocument('artifacts', artifactId(fixture.scope.imageId, digest));
    fixture.at('tags-unneeded', () => push(fixture, { ...other, reference: other.digest, tags: [] }));
    const ids = ['one', 'two'].map((tag) => tagId(fixture.scope.imageId, tag));
    const { findings } = await auditFacts(fixture.facts, { kind: 'tags', limit: 1, ids, repair: true });
    expect(findings).toMatchObject([{ id: ids[0], isRepaired: true }]);
    expect(await tagsNow(fixture)).toEqual(['two']);
  });

  test('is a blob without its upload, whose key is then kept from being an orphan', async () => {
    const blob = await fixture.facts.blobs.get(layer);
    await removeDocument('uploads', blob?.uploadId ?? '');
    expect(await check(true)).toMatchObject([{ problem: 'blobWithoutUpload', id: layer, isRepaired: true }]);
    expect(await problems()).toEqual([]);
    expect(await adoptOrphans(fixture.facts, [{ key: blob?.key ?? '', sizeBytes: 1 }])).toBe(0);
  });

  test('is a blob whose upload was discarded, whose bytes are then not deleted', async () => {
    const blob = await fixture.facts.blobs.get(layer);
    const upload = await fixture.facts.uploads.get(blob?.uploadId ?? '');
    if (!upload) throw new Error('no upload');
    await fixture.facts.uploads.replace({ ...upload, state: 'discarded' });
    expect(await check(true)).toMatchObject([{ problem: 'blobWithoutUpload', isRepaired: true }]);
    expect(await sweepOut(fixture)).toEqual([]);
  });

  test('is what no review would ever find, and is swept when it has one', async () => {
    await sweepOut(fixture);
    await removeDocument('artifacts', artifactId(fixture.scope.imageId, image.digest));
    expect(await problems()).toEqual(['unreviewed links', 'unreviewed links', 'danglingTag tags']);
    expect((await check(true)).map(({ isRepaired }) => isRepaired)).toEqual([true, true, true]);
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test('is a blob without links, and an upload without a blob, that no review would find', async () => {
    await sweepOut(fixture);
    await removeDocument('links', link());
    expect(await problems()).toContain('unreviewed blobs');
    await removeDocument('blobs', layer);
    expect(await problems()).toContain('unreviewed uploads');
    await check(true);
    expect(await problems()).toEqual(['missingReference artifacts']);
  });

  test('is an artifact whose registry is gone', async () => {
    await removeDocument('registries', fixture.scope.registry.id);
    expect(await problems()).toEqual(['ownerless artifacts']);
  });
});

describe('bytes', () => {
  test('that are wrong are given up by version: a pusher is told, and sends them again', async () => {
    const { blob, repositories } = await describeBlob(fixture.facts, layer);
    expect(repositories).toEqual(['acme/web']);
    const version = blob?.version ?? 0;
    await expect(giveUpBlob(fixture.facts, { digest: layer, version: version - 1 })).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    await giveUpBlob(fixture.facts, { digest: layer, version });
    expect((await describeBlob(fixture.facts, layer)).blob).toBeNull();
    await push(fixture, await imagePush(fixture, 'a', 'one'));
    expect((await describeBlob(fixture.facts, layer)).blob?.key).not.toBe(blob?.key);
    expect(await problems()).toEqual([]);
  });

  test('that no upload knows are adopted, once, and then swept', async () => {
    const orphan = [{ key: 'blobs/ab/stray', sizeBytes: 7 }];
    expect(await adoptOrphans(fixture.facts, orphan)).toBe(1);
    expect(await adoptOrphans(fixture.facts, orphan)).toBe(0);
    expect(await sweepOut(fixture)).toEqual(['blobs/ab/stray']);
  });
});
