import { StoreError } from '@berth/document-store';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Facts } from '../facts.ts';
import { repair } from '../maintenance/repair.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import { createRegistryFinder } from '../registries/find-registry.ts';
import { updateRegistry } from '../registries/update-registry.ts';
import {
  ALICE,
  BOB,
  Crash,
  eventTypes,
  type Fixture,
  imagePush,
  openFixture,
  push,
  resolve,
  storedEvents,
} from './fixture.ts';

const origin = { actor: BOB, via: 'api' } as const;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const stored = () => fixture.facts.registries.get(fixture.scope.registry.id);
const begin = (force: boolean, facts: Facts = fixture.facts) =>
  beginRegistryDeletion(facts, fixture.scope.registry, { origin, force });
const deleteRegistry = async (force: boolean) => finishRegistryDeletion(fixture.facts, await begin(force));
const notEmpty = { code: 'REGISTRY_NOT_EMPTY' };

async function nothingIsLeft(): Promise<void> {
  const { artifacts, images, tags, links, imageSummaries, pullStatistics } = fixture.facts;
  for (const collection of [artifacts, images, tags, imageSummaries, pullStatistics]) {
    expect((await collection.page({ index: 'id', limit: 10 })).items).toEqual([]);
  }
  const left = (await links.page({ index: 'id', limit: 10 })).items;
  expect(left.map(({ reviewAt }) => reviewAt !== undefined)).not.toContain(false); // the sweep's
  expect(await stored()).toBeNull();
}

async function isAsBefore(): Promise<void> {
  expect(await stored()).toMatchObject({ state: 'active' });
  expect(await stored()).not.toHaveProperty('deletion');
  await resolve(fixture, 'one');
}

describe('a registry that holds something, without force', () => {
  beforeEach(async () => push(fixture, await imagePush(fixture, 'a', 'one')));

  test('is not deleted, nor marked for a moment', async () => {
    fixture.crashAt('registry-deleting');
    await expect(begin(false)).rejects.toMatchObject(notEmpty);
    await isAsBefore();
    expect((await stored())?.version).toBe(fixture.scope.registry.version);
  });

  test('comes back when the mark does not say what was wished', async () => {
    await fixture.facts.registries.replace({ ...fixture.scope.registry, state: 'deleting' });
    await repair(fixture.facts);
    await isAsBefore();
  });
});

describe('a registry that is pushed to after it was found empty, without force', () => {
  beforeEach(async () => {
    const image = await imagePush(fixture, 'a', 'one');
    fixture.at('registry-guarded', () => push(fixture, image));
  });

  test('is not deleted', async () => {
    await expect(begin(false)).rejects.toMatchObject(notEmpty);
    await isAsBefore();
  });

  test('comes back by repair when its deleter died before it looked', async () => {
    fixture.crashAt('registry-deleting');
    await expect(begin(false)).rejects.toThrow(Crash);
    expect(await stored()).toMatchObject({ state: 'deleting' });
    await repair(fixture.facts);
    await isAsBefore();
  });

  test('stays when repair runs between the mark and the look', async () => {
    fixture.at('registry-deleting', () => repair(fixture.facts));
    await expect(begin(false)).rejects.toMatchObject(notEmpty);
    await isAsBefore();
  });

  test('comes back when nobody can say whether it is empty', async () => {
    const { artifacts } = fixture.facts;
    const page: typeof artifacts.page = async (query) => {
      if ((await stored())?.state === 'active') return await artifacts.page(query);
      throw new StoreError('UNAVAILABLE', 'the disk is away');
    };
    const blind = { ...fixture.facts, artifacts: { ...artifacts, page } };
    await expect(begin(false, blind)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await isAsBefore();
  });

  test('is served at once again to who asked while it was marked', async () => {
    const finder = createRegistryFinder(fixture.facts);
    fixture.at('registry-deleting', () =>
      expect(finder.require('acme')).rejects.toMatchObject({ code: 'NAME_UNKNOWN' }),
    );
    await expect(begin(false)).rejects.toMatchObject(notEmpty);
    expect(await finder.require('acme')).toMatchObject({ state: 'active' });
  });

  test('goes when somebody else forces it between the mark and the look', async () => {
    fixture.at('registry-deleting', () => begin(true));
    await finishRegistryDeletion(fixture.facts, await begin(false));
    await nothingIsLeft();
  });
});

describe('a second deletion', () => {
  beforeEach(async () => push(fixture, await imagePush(fixture, 'a', 'one')));

  test.each([
    ['forced', true, 'deleting'],
    ['unforced', false, 'REGISTRY_DELETING'],
  ] as const)('%s, while a forced one goes on, does not revive the registry', async (_, force, outcome) => {
    await begin(true);
    const second = await begin(force).then(
      ({ state }) => state,
      (error: { code: string }) => error.code,
    );
    expect(second).toBe(outcome);
    expect(await stored()).toMatchObject({ state: 'deleting', deletion: { isDecided: true } });
  });

  test('of a registry read before the first one marked it answers as well', async () => {
    const before = fixture.scope.registry;
    await begin(true);
    await expect(
      beginRegistryDeletion(fixture.facts, before, { origin, force: false }),
    ).rejects.toMatchObject({ code: 'REGISTRY_DELETING' });
    expect(await beginRegistryDeletion(fixture.facts, before, { origin, force: true })).toMatchObject({
      state: 'deleting',
    });
  });

  test('by another copy at the same time ends with one registry.deleted', async () => {
    const deleting = await begin(true);
    fixture.at('registry-decided', () => finishRegistryDeletion(fixture.facts, deleting));
    await finishRegistryDeletion(fixture.facts, deleting);
    await nothingIsLeft();
    const ends = (await eventTypes(fixture)).filter((type) => type === 'registry.deleted');
    expect(ends).toHaveLength(1);
  });
});

describe('deletion against push', () => {
  test.each(['registry-checked', 'image-ensured'] as const)(
    'without force, a push that got to %s counts as content and stays',
    async (step) => {
      const image = await imagePush(fixture, 'a', 'one');
      let outcome: unknown;
      fixture.at(step, async () => {
        outcome = await deleteRegistry(false).catch((error: unknown) => error);
      });
      await push(fixture, image);
      expect(outcome).toMatchObject(notEmpty);
      expect(await resolve(fixture, 'one')).toBe(image.digest);
    },
  );

  test('a push that begins after an empty registry was marked is refused, and the registry goes', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    fixture.at('registry-decided', () =>
      expect(push(fixture, image)).rejects.toMatchObject({ code: 'NAME_UNKNOWN' }),
    );
    await deleteRegistry(false);
    await nothingIsLeft();
  });

  test.each(['artifact-pending', 'artifact-checked', 'registry-checked', 'image-ensured'] as const)(
    'with force at %s, the push is refused and leaves nothing',
    async (step) => {
      const image = await imagePush(fixture, 'a', 'one');
      fixture.at(step, () => deleteRegistry(true));
      await expect(push(fixture, image)).rejects.toMatchObject({
        code: expect.stringMatching(/^(NAME_UNKNOWN|MANIFEST_BLOB_UNKNOWN)$/),
      });
      await nothingIsLeft();
    },
  );
});

test('a change of settings while it is emptied does not keep it', async () => {
  fixture.at('registry-decided', async () => {
    const registry = await stored();
    if (registry)
      await updateRegistry(fixture.facts, {
        registry,
        settings: { ...registry, description: 'late' },
        origin,
      });
  });
  await deleteRegistry(true);
  await nothingIsLeft();
});

test('more than a page of images that were emptied do not keep it', async () => {
  const { id } = fixture.scope.registry;
  for (let n = 0; n < 101; n++) {
    await fixture.facts.images.insert(
      `${id}/i${n}`,
      { registryId: id, name: `i${n}`, repositoryName: `acme/i${n}`, createdAt: '', createdBy: ALICE },
      { relaxed: true },
    );
  }
  await deleteRegistry(false);
  await nothingIsLeft();
});

describe('a crash', () => {
  test.each(['registry-deleting', 'registry-decided', 'artifact-untagged'] as const)(
    'at %s is mended by repair, in the name of who began it',
    async (step) => {
      await push(fixture, await imagePush(fixture, 'a', 'one'));
      fixture.crashAt(step);
      await expect(deleteRegistry(true)).rejects.toThrow(Crash);
      await repair(fixture.facts);
      await nothingIsLeft();
      const ends = (await storedEvents(fixture)).slice(-3);
      expect(ends.map(({ type }) => type)).toEqual([
        'berth.tag.deleted',
        'berth.artifact.deleted',
        'berth.registry.deleted',
      ]);
      expect(ends.map(({ data }) => data.actor)).toEqual([BOB, BOB, BOB]);
    },
  );

  test.each(['registry-deleting', 'registry-decided'] as const)(
    'at %s of an empty registry without force is mended by repair',
    async (step) => {
      fixture.crashAt(step);
      await expect(deleteRegistry(false)).rejects.toThrow(Crash);
      await repair(fixture.facts);
      await nothingIsLeft();
    },
  );

  test('of one registry does not keep repair from the next', async () => {
    const { facts } = fixture;
    const { id: _, version: __, ...settings } = fixture.scope.registry;
    const deletion = { ...origin, isForced: true, isDecided: true };
    await facts.registries.insert('r-aa', { ...settings, name: 'aa', state: 'deleting', deletion });
    await begin(true);
    const get = async (id: string) => {
      if (id === 'r-aa') throw new StoreError('UNAVAILABLE', 'this one cannot be read');
      return await facts.registries.get(id);
    };
    expect(await repair({ ...facts, registries: { ...facts.registries, get } })).toBe(1);
    expect(await stored()).toBeNull();
  });
});
