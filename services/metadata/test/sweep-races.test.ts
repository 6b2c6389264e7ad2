import { digestOf, parseManifest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { mountBlob } from '../blobs/mount-blob.ts';
import { statBlob } from '../blobs/stat-blob.ts';
import { linkId } from '../documents/ids.ts';
import type { Step } from '../facts.ts';
import { repair } from '../maintenance/repair.ts';
import { createRegistryFinder } from '../registries/find-registry.ts';
import { listDiscardedKeys } from '../sweep/discarded-keys.ts';
import { reviewBlobs } from '../sweep/review-blobs.ts';
import { reviewLinks } from '../sweep/review-links.ts';
import { reviewUploads } from '../sweep/review-uploads.ts';
import { claimUpload } from '../uploads/claim-upload.ts';
import { commitUpload } from '../uploads/commit-upload.ts';
import { startUpload } from '../uploads/start-upload.ts';
import {
  ALICE,
  Crash,
  type Fixture,
  imagePush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  resolve,
  storeBlob,
} from './fixture.ts';
import { DAY_MS, storedNow, sweep, sweepOut } from './sweep-fixture.ts';

let fixture: Fixture;
/** Stored and linked for longer than the grace period; not pushed yet. */
let image: Awaited<ReturnType<typeof imagePush>>;
let layer: string;
beforeEach(async () => {
  fixture = await openFixture();
  image = await imagePush(fixture, 'a', 'one');
  layer = parseManifest(image.bytes, image.mediaType).layers[0]?.digest ?? '';
  fixture.advance(DAY_MS);
});
afterEach(() => fixture.dispose());

const other = () => ({ ...fixture.scope, image: 'other', imageId: `${fixture.scope.registry.id}/other` });
const linkOf = (digest = layer) => fixture.facts.links.get(linkId(fixture.scope.imageId, digest));
const blobOf = (digest = layer) => fixture.facts.blobs.get(digest);
const uploadOf = async (digest = layer) => {
  const blob = await blobOf(digest);
  return blob && (await fixture.facts.uploads.get(blob.uploadId));
};
const links = () => reviewLinks(fixture.facts, 10);
const blobs = () => reviewBlobs(fixture.facts, 10);
const uploads = () => reviewUploads(fixture.facts, 10);
const touch = () => statBlob(fixture.facts, fixture.scope, { digest: layer, touch: true });
const remove = () =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest: image.digest, origin: ORIGIN });
const mount = () =>
  mountBlob(fixture.facts, createRegistryFinder(fixture.facts), {
    scope: other(),
    digest: layer,
    candidates: [{ registry: 'acme', image: 'web' }],
    isRegistryWide: false,
  });

/** What a client was told is there is there, whatever the sweep does from now on, and is found when it is not needed any more. */
async function isWholeAndStays(): Promise<void> {
  expect(await resolve(fixture, 'one')).toBe(image.digest);
  const freed = await sweepOut(fixture);
  expect(await linkOf()).toMatchObject({ state: 'live' });
  expect(await blobOf()).toMatchObject({ state: 'live' });
  expect(await uploadOf()).toMatchObject({ state: 'committed' });
  expect(freed).not.toContain((await blobOf())?.key);
  await remove();
  await sweepOut(fixture);
  expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
}

/** A push that HEADs its blobs first, and sends those that are not there, as clients do. */
async function pushAsClient(): Promise<void> {
  for (const { digest } of [...parseManifest(image.bytes, image.mediaType).blobs]) {
    try {
      await statBlob(fixture.facts, fixture.scope, { digest, touch: true });
    } catch {
      await storeBlob(fixture, digest === layer ? 'layer a' : '{"config":"a"}');
    }
  }
  await push(fixture, image);
}

describe('a review of links', () => {
  test.each(['link-reviewed', 'link-condemned', 'link-unneeded'] as const)(
    'loses to a push that goes all its way at %s',
    async (step) => {
      fixture.at(step, pushAsClient);
      await links();
      await isWholeAndStays();
    },
  );

  test.each(['artifact-pending', 'artifact-checked', 'image-ensured', 'artifact-live'] as const)(
    'keeps what a push that got to %s names',
    async (step) => {
      fixture.at(step, async () => expect(await links()).toMatchObject({ removed: 0 }));
      await push(fixture, image);
      await isWholeAndStays();
    },
  );

  test.each(['link-reviewed', 'link-condemned', 'link-unneeded'] as const)(
    'loses to a HEAD of a pusher at %s',
    async (step) => {
      let isToldThere = false;
      fixture.at(step, async () => {
        isToldThere = await touch().then(
          () => true,
          () => false,
        );
      });
      await links();
      if (isToldThere) expect(await linkOf()).toMatchObject({ state: 'live' });
      await pushAsClient();
      await isWholeAndStays();
    },
  );

  test('that saw the artifact live loses to its deletion: the link is not forgotten', async () => {
    await push(fixture, image);
    fixture.at('link-reviewed', remove);
    await links();
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test.each(['artifact-deleting', 'artifact-untagged', 'links-under-review'] as const)(
    'in the midst of a deletion, at %s, forgets no link either',
    async (step) => {
      await push(fixture, image);
      fixture.at(step, links);
      await remove();
      await sweepOut(fixture);
      expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
    },
  );

  test.each(['artifact-deleting', 'links-under-review', 'artifact-untagged'] as const)(
    'and a push that revives the artifact at %s keep it whole',
    async (step) => {
      await push(fixture, image);
      fixture.at(step, async () => {
        await links();
        await pushAsClient();
      });
      await remove();
      await isWholeAndStays();
    },
  );

  test('of two copies at once removes each link once', async () => {
    let second = { removed: 0 };
    fixture.at('link-unneeded', async () => {
      second = await links();
    });
    const first = await links();
    expect(first.removed + second.removed).toBe(2);
    expect(await linkOf()).toBeNull();
  });
});

describe('a removal of blobs', () => {
  const STEPS = ['blob-unlinked', 'blob-condemned', 'blob-unneeded'] as const satisfies readonly Step[];
  const REMOVAL_STEPS = [
    'blob-unlinked',
    'upload-under-review',
    'blob-removed',
  ] as const satisfies readonly Step[];

  /** The links are gone, the blob is live yet. */
  const unlinked = async (): Promise<void> => void (await links());
  /** The quarantine has ended. */
  async function condemned(): Promise<void> {
    await unlinked();
    await blobs();
    fixture.advance(61 * MINUTE_MS);
  }

  test.each(STEPS)(
    'loses to a push that sends the layer again at %s, before it is condemned',
    async (step) => {
      await unlinked();
      fixture.at(step, pushAsClient);
      await blobs();
      await isWholeAndStays();
    },
  );

  test.each(REMOVAL_STEPS)(
    'and a push that sends the layer again at %s leave an image that is whole',
    async (step) => {
      await condemned();
      fixture.at(step, pushAsClient);
      await blobs();
      await isWholeAndStays();
    },
  );

  test.each(['blob-linked', 'upload-committed'] as const)(
    'that runs while an upload of the same digest got to %s loses, or its bytes are installed',
    async (step) => {
      await condemned();
      fixture.at(step, blobs);
      await pushAsClient();
      await isWholeAndStays();
    },
  );

  test.each(['blob-unlinked', 'blob-condemned', 'blob-unneeded'] as const)(
    'and a mount at %s: what was mounted is there',
    async (step) => {
      let mounted: unknown = null;
      await storeBlob({ ...fixture, scope: other() }, 'elsewhere');
      fixture.at('link-unneeded', async () => {
        mounted = await mount();
      });
      fixture.at(step, async () => {
        mounted ??= await mount();
      });
      await links();
      await blobs();
      fixture.advance(61 * MINUTE_MS);
      await blobs();
      if (mounted !== null)
        expect(await statBlob(fixture.facts, other(), { digest: layer, touch: false })).toBeDefined();
    },
  );

  test('a link that goes while its blob is reviewed is not the last that is heard of the blob', async () => {
    await storeBlob({ ...fixture, scope: other() }, 'layer a');
    await unlinked();
    // The review finds the link of the other image, which is deleted before the blob leaves the review.
    fixture.at('blob-unlinked', () => deleteBlob(fixture.facts, other(), layer));
    await blobs();
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test('a blob reviewed between the look at its link and the removal of that is found again', async () => {
    fixture.at('link-unneeded', blobs);
    await links();
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });
});

describe('a review of uploads', () => {
  async function began(content: string) {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    const { uploadId, version, key } = await startUpload(fixture.facts, fixture.scope, ALICE.id);
    const ref = { uploadId, imageId: fixture.scope.imageId, actorId: ALICE.id };
    const claim = { version, sizeBytes: bytes.byteLength, digests: { sha256: digest } };
    return {
      ref,
      key,
      digest,
      commit: () => commitUpload(fixture.facts, fixture.scope, { ...ref, digest, claim }),
    };
  }
  const late = 'late';
  /** Linked in another image, so that the commit goes its long way. */
  const elsewhere = () => storeBlob({ ...fixture, scope: other() }, late);

  test('keeps a commit that is on its way, and discards it when it never comes to its end', async () => {
    const upload = await began(late);
    await fixture.facts.links.insert(linkId(fixture.scope.imageId, upload.digest), {
      ...{ registryId: fixture.scope.registry.id, digest: upload.digest, state: 'live' },
      touchedAt: fixture.facts.clock(),
    });
    fixture.crashAt('upload-committed');
    await expect(upload.commit()).rejects.toThrow(Crash);
    expect(await uploads()).toMatchObject({ unnamed: 0 });
    expect(await sweepOut(fixture)).toContain(upload.key);
  });

  test('that discards a commit which ends all the same does not lose its bytes', async () => {
    const upload = await began(late);
    await fixture.facts.links.insert(linkId(fixture.scope.imageId, upload.digest), {
      ...{ registryId: fixture.scope.registry.id, digest: upload.digest, state: 'live' },
      touchedAt: fixture.facts.clock(),
    });
    fixture.at('blob-linked', async () => {
      fixture.advance(DAY_MS);
      expect(await uploads()).toMatchObject({ unnamed: 1 });
    });
    await upload.commit();
    fixture.advance(MINUTE_MS);
    expect(
      (await listDiscardedKeys(fixture.facts, { limit: 10 })).items.map(({ uploadId }) => uploadId),
    ).not.toContain(upload.ref.uploadId);
    expect(await uploadOf(upload.digest)).toMatchObject({ state: 'committed' });
  });

  test('discards one of two commits of a digest, whichever lost', async () => {
    await elsewhere();
    const upload = await began(late);
    await upload.commit();
    const key = (await blobOf(upload.digest))?.key;
    fixture.advance(MINUTE_MS);
    const freed = await sweep(fixture.facts);
    expect(freed).toContain(upload.key);
    expect(freed).not.toContain(key);
  });

  test('loses to a writer that claims an abandoned upload at the same time', async () => {
    const { uploadId, version } = await startUpload(fixture.facts, fixture.scope, ALICE.id);
    const ref = { uploadId, imageId: fixture.scope.imageId, actorId: ALICE.id };
    fixture.advance(DAY_MS);
    fixture.at('upload-unnamed', () => claimUpload(fixture.facts, { ...ref, heldVersion: version }));
    await uploads(); // stops at the committed ones first
    expect((await fixture.facts.uploads.get(uploadId))?.state).toBe('open');
  });
});

describe('a sweep that dies', () => {
  test.each([
    'link-reviewed',
    'link-condemned',
    'link-unneeded',
    'blob-unlinked',
    'blob-condemned',
    'blob-unneeded',
    'upload-under-review',
    'blob-removed',
    'upload-unnamed',
  ] as const)('at %s is ended by the next, and nothing is left', async (step) => {
    fixture.crashAt(step);
    let crashes = 0;
    for (let round = 0; round < 3; round++) {
      await sweepOut(fixture).catch((error) => {
        if (!(error instanceof Crash)) throw error;
        crashes++;
      });
    }
    expect(crashes).toBe(1);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test.each(['artifact-deleting', 'artifact-untagged', 'links-under-review'] as const)(
    'and a deletion that died at %s leave nothing',
    async (step) => {
      await push(fixture, image);
      await sweepOut(fixture);
      fixture.crashAt(step);
      await expect(remove()).rejects.toThrow(Crash);
      await sweep(fixture.facts);
      fixture.advance(DAY_MS);
      await repair(fixture.facts);
      await sweepOut(fixture);
      expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
    },
  );
});
