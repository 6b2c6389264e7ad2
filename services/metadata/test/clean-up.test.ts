import type { PlannedFacts } from '@berth/contracts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findManifest } from '../artifacts/find-manifest.ts';
import { cleanUpArtifact } from '../cleanup/clean-up-artifact.ts';
import { scanArtifacts } from '../cleanup/scan-artifacts.ts';
import { scanImages } from '../cleanup/scan-images.ts';
import { repair } from '../maintenance/repair.ts';
import { createPolicy } from '../protection/create-policy.ts';
import { createPullRecorder } from '../pulls/pull-recorder.ts';
import { pointTag } from '../tags/point-tag.ts';
import {
  ALICE,
  Crash,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  referrerPush,
  resolve,
  storedArtifact,
  storedEvents,
  tagsNow,
} from './fixture.ts';

type Image = Awaited<ReturnType<typeof imagePush>>;

let fixture: Fixture;
let image: Image;
beforeEach(async () => {
  fixture = await openFixture();
  image = await imagePush(fixture, 'a', 'one');
  await push(fixture, image);
});
afterEach(() => fixture.dispose());

const scan = async (limit = 100, after?: string) =>
  await scanArtifacts(fixture.facts, fixture.scope, { limit, ...(after !== undefined && { after }) });
const scanned = async ({ digest }: Pick<Image, 'digest'> = image) => {
  const found = (await scan()).items.find((item) => item.digest === digest);
  if (!found) throw new Error(`${digest} was not scanned`);
  return found;
};
const planned = async (of: Pick<Image, 'digest'> = image): Promise<PlannedFacts> => {
  const { tags, pushedAt, lastPulledAt } = await scanned(of);
  return { tags: tags.map(({ name }) => name), pushedAt, lastPulledAt };
};
const cleanUp = (plan: PlannedFacts, { digest }: Pick<Image, 'digest'> = image) =>
  cleanUpArtifact(fixture.facts, createPullRecorder(fixture.facts), {
    scope: fixture.scope,
    digest,
    planned: plan,
    actor: ALICE,
  });
const protect = () =>
  createPolicy(fixture.facts, {
    registry: fixture.scope.registry,
    settings: { name: 'all', images: { match: ['**'] }, tags: { match: ['one'] }, enabled: true },
    origin: ORIGIN,
  });

async function pushOther(tag = 'two'): Promise<Image> {
  const other = await imagePush(fixture, tag, tag);
  await push(fixture, other);
  return other;
}

async function pull(): Promise<void> {
  const recorder = createPullRecorder(fixture.facts);
  recorder.record(await findManifest(fixture.facts, fixture.scope, 'one'), 'get');
  await recorder.flush();
}

describe('a scan', () => {
  test('pages over the images of a registry and the artifacts of one, the oldest first', async () => {
    const other = await pushOther();
    expect(await scanImages(fixture.facts, { registryId: fixture.scope.registry.id, limit: 10 })).toEqual({
      names: ['web'],
      next: null,
    });
    const first = await scan(1);
    const second = await scan(1, first.next ?? undefined);
    expect([...first.items, ...second.items].map(({ digest }) => digest)).toEqual([
      image.digest,
      other.digest,
    ]);
  });

  test('tells tags, pulls, protection, owners and parents', async () => {
    expect(await scanned()).toMatchObject({ lastPulledAt: null, isProtected: false, isAttached: false });
    await pull();
    await protect();
    const child = await imagePush(fixture, 'child');
    await push(fixture, child);
    const index = indexPush(fixture, [child], 'multi');
    await push(fixture, index);
    const signature = await referrerPush(fixture, image);
    await push(fixture, signature);
    expect(await scanned()).toMatchObject({
      tags: [{ name: 'one', lastPulledAt: expect.any(String) }],
      lastPulledAt: expect.any(String),
      isProtected: true,
    });
    expect(await scanned(child)).toMatchObject({ tags: [], isAttached: true, parents: [index.digest] });
    expect(await scanned(signature)).toMatchObject({ isAttached: true, isProtected: true });
    expect(await scanned(index)).toMatchObject({ isAttached: false, isProtected: false, parents: [] });
    expect((await scanned(index)).lastPulledAt).toBeNull();
    const recorder = createPullRecorder(fixture.facts);
    recorder.record(await findManifest(fixture.facts, fixture.scope, child.digest), 'get');
    await recorder.flush();
    expect((await scanned(index)).lastPulledAt).not.toBeNull();
  });

  test('says that it does not know all of an artifact with very many tags', async () => {
    for (let n = 0; n < 101; n++)
      await pointTag(fixture.facts, {
        scope: fixture.scope,
        tag: `t${n}`,
        digest: image.digest,
        origin: ORIGIN,
      });
    expect((await scanned()).unknown).toBe('it has more than 100 tags');
  });
});

describe('what is as it was planned', () => {
  test('goes with its tags and what is attached to it, and the events say by cleanup', async () => {
    const signature = await referrerPush(fixture, image);
    await push(fixture, signature);
    expect(await cleanUp(await planned())).toEqual({ outcome: 'deleted' });
    expect(await storedArtifact(fixture, signature.digest)).toBeNull();
    expect(await tagsNow(fixture)).toEqual([]);
    const deletions = (await storedEvents(fixture)).filter(({ type }) => type.endsWith('.deleted'));
    expect(deletions.map(({ data }) => data)).toEqual(
      deletions.map(() => expect.objectContaining({ via: 'cleanup', actor: ALICE })),
    );
    expect(deletions).toHaveLength(3);
    expect(JSON.stringify(deletions)).not.toContain('planned');
  });

  test('is gone the second time', async () => {
    const plan = await planned();
    await cleanUp(plan);
    expect(await cleanUp(plan)).toEqual({ outcome: 'gone' });
  });

  test('stays while an index names it, or a policy protects it', async () => {
    await push(fixture, indexPush(fixture, [image], 'multi'));
    expect(await cleanUp(await planned())).toMatchObject({
      outcome: 'kept',
      reason: expect.stringMatching(/part of index/),
    });
    const other = await pushOther();
    const plan = await planned(other);
    await createPolicy(fixture.facts, {
      registry: fixture.scope.registry,
      settings: { name: 'all', images: { match: ['**'] }, tags: { match: ['two'] }, enabled: true },
      origin: ORIGIN,
    });
    expect(await cleanUp(plan, other)).toMatchObject({
      outcome: 'kept',
      reason: expect.stringMatching(/policy "all" protects/),
    });
  });
});

interface Change {
  readonly name: string;
  readonly change: () => Promise<unknown>;
  readonly reason: RegExp;
}

const point = (tag: string, { digest }: Pick<Image, 'digest'>) =>
  pointTag(fixture.facts, { scope: fixture.scope, tag, digest, origin: ORIGIN });

const CHANGES: readonly Change[] = [
  { name: 'it is pulled', change: pull, reason: /it was pulled since/ },
  {
    name: 'its tag is moved away',
    change: async () => point('one', await pushOther()),
    reason: /"one" does not point/,
  },
  { name: 'it gets another tag', change: () => point('prod', image), reason: /"prod" points at it now/ },
  {
    name: 'it is pushed again',
    change: async () => {
      fixture.advance(1_000);
      await push(fixture, image);
    },
    reason: /pushed again/,
  },
  { name: 'it becomes protected', change: protect, reason: /policy "all" protects/ },
  {
    name: 'an index that names it is pushed',
    change: () => push(fixture, indexPush(fixture, [image], 'multi')),
    reason: /part of index/,
  },
];

describe.each(CHANGES)('where $name', ({ name, change, reason }) => {
  test('between the plan and the deletion, it stays, and the reason is told', async () => {
    const plan = await planned();
    await change();
    expect(await cleanUp(plan)).toEqual({ outcome: 'kept', reason: expect.stringMatching(reason) });
    expect(await resolve(fixture, image.digest)).toBe(image.digest);
  });

  test('after the first look of the deletion, it stays', async () => {
    const plan = await planned();
    fixture.at('artifact-guarded', change);
    expect((await cleanUp(plan)).outcome).toBe('kept');
    expect(await resolve(fixture, image.digest)).toBe(image.digest);
  });

  // What is on its way out is not there to be pulled or tagged; a push of it, or over it, waits for nothing.
  const isPossible = ['its tag is moved away', 'it is pushed again', 'it becomes protected'].includes(name);
  if (!isPossible) return;

  test('when it is on its way out already, it comes back', async () => {
    const plan = await planned();
    fixture.at('artifact-deleting', change);
    expect((await cleanUp(plan)).outcome).not.toBe('gone');
    expect(await resolve(fixture, image.digest)).toBe(image.digest);
  });

  test('after a crash half-way, another copy lets it come back', async () => {
    const plan = await planned();
    fixture.crashAt('artifact-deleting');
    await expect(cleanUp(plan)).rejects.toThrow(Crash);
    await change();
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    expect(await resolve(fixture, image.digest)).toBe(image.digest);
  });
});
