import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRegistry } from '../registries/create-registry.ts';
import { beginRegistryDeletion } from '../registries/delete-registry.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { listRepositories } from '../registries/list-repositories.ts';
import { ALICE, BOB, type Fixture, ORIGIN, openFixture } from './fixture.ts';

/** Names whose own order is not that of the catalog: `-` and `.` come before the `/` behind a registry. */
const NAMES = ['a', 'a-b', 'a-b-c', 'a.b', 'a0', 'a-b.c', 'aa', 'b', 'b-1', 'b.1', 'zz-a', 'zz'];
const IMAGES = ['one', 'team/two'];

let fixture: Fixture;
let registries: RegistryDocument[];
beforeEach(async () => {
  fixture = await openFixture();
  registries = [];
  for (const [index, name] of NAMES.entries()) {
    const visibility = index % 2 === 0 ? 'public' : 'private';
    const settings = {
      name,
      visibility,
      description: '',
      tagNaming: 'oci',
      allowMissingChildren: false,
    } as const;
    const registry = await createRegistry(fixture.facts, settings, ORIGIN);
    registries.push(registry);
    for (const image of IMAGES) await insertImage(registry.id, name, image);
  }
});
afterEach(() => fixture.dispose());

async function insertImage(registryId: string, registry: string, image: string): Promise<void> {
  await fixture.facts.images.insert(
    `${registryId}/${image}`,
    { registryId, name: image, repositoryName: `${registry}/${image}`, createdAt: '', createdBy: ALICE },
    { relaxed: true },
  );
}

const everyone = { all: true, registryIds: [] };
const sortedNames = (seen: readonly { name: string }[]) =>
  seen.flatMap(({ name }) => IMAGES.map((image) => `${name}/${image}`)).sort();

async function walk(visibility: { all: boolean; registryIds: readonly string[] }, limit: number) {
  const pages: string[][] = [];
  let last: string | undefined;
  for (;;) {
    const page = await listRepositories(fixture.facts, { ...visibility, limit, ...(last && { last }) });
    pages.push(page.names);
    last = page.names.at(-1);
    if (!page.hasMore) return pages;
  }
}

describe.each([1, 2, 3, 5, 1_000])('pages of %i', (limit) => {
  test.each([
    ['everything', everyone, () => true],
    [
      'public ones alone',
      { all: false, registryIds: [] },
      ({ visibility }: RegistryDocument) => visibility === 'public',
    ],
  ])('show %s in byte order, each once and full', async (_, visibility, isSeen) => {
    const pages = await walk(visibility, limit);
    expect(pages.flat()).toEqual(sortedNames(registries.filter(isSeen)));
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
  });

  test('show public and own ones, own public ones once', async () => {
    const own = registries.filter((_, index) => index % 3 !== 0);
    const pages = await walk({ all: false, registryIds: own.map(({ id }) => id) }, limit);
    const seen = registries.filter((one) => one.visibility === 'public' || own.includes(one));
    expect(pages.flat()).toEqual(sortedNames(seen));
  });
});

test.each(['', 'a', 'a-', 'a-b', 'a-b-c/one', 'a.b/team/two', 'a/one', 'b', 'b/zzz', 'zz-a/team/two', 'zzz'])(
  'goes on after "%s", whether that is a repository or not',
  async (last) => {
    const { names } = await listRepositories(fixture.facts, { ...everyone, last, limit: 1_000 });
    expect(names).toEqual(sortedNames(registries).filter((name) => name > last));
  },
);

test('a registry that is being deleted is hidden from everyone, and so is what outlived its registry', async () => {
  const [first, second] = registries;
  if (!first || !second) throw new Error('no registries');
  const deletion = { origin: { actor: BOB, via: 'api' }, force: true } as const;
  await beginRegistryDeletion(fixture.facts, first, deletion);
  await insertImage('gone', 'a-b', 'ghost');
  const rest = registries.slice(1);
  const ids = registries.map(({ id }) => id);
  for (const visibility of [everyone, { all: false, registryIds: [...ids, 'gone'] }]) {
    expect((await walk(visibility, 1_000)).flat()).toEqual(sortedNames(rest));
  }
});

test('a page reads no more registries than it needs', async () => {
  let read = 0;
  const { registries: collection } = fixture.facts;
  for (let n = 0; n < 300; n++) {
    const settings = { name: `m${n}`, visibility: 'public', description: '', tagNaming: 'oci' } as const;
    await createRegistry(fixture.facts, { ...settings, allowMissingChildren: false }, ORIGIN);
  }
  const page: typeof collection.page = async (query) => {
    const found = await collection.page(query);
    read += found.items.length;
    return found;
  };
  const facts = { ...fixture.facts, registries: { ...collection, page } };
  const { names } = await listRepositories(facts, { all: false, registryIds: [], last: 'a', limit: 2 });
  expect(names).toEqual(['a-b-c/one', 'a-b-c/team/two']);
  expect(read).toBeLessThanOrEqual(100);
});
