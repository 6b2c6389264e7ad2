import { type BlobStore, BlobStoreError } from '@berth/blob-store';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCheck } from '../check/check.ts';
import type { Report } from '../check/report.ts';
import { type Fixture, openFixture, optionsOf } from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.stop());

async function check(args: readonly string[], blobs: BlobStore = fixture.blobs): Promise<Report> {
  const { caller } = fixture;
  return await runCheck({
    ...{ caller, blobs, storage: 'file:/elsewhere', options: optionsOf(...args) },
    onProgress: () => {},
  });
}
const removeAll = async (keys: readonly string[]) => {
  for (const key of keys) await fixture.blobs.remove(key);
};
async function keysOf(store: BlobStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys.sort();
}
/** The same store but for some operations. */
function withOther(store: BlobStore, other: Partial<BlobStore>): BlobStore {
  return new Proxy(store, {
    get: (_, name: keyof BlobStore) => other[name] ?? store[name].bind(store as never),
  });
}
const nothingIsGivenUp = () => expect([fixture.givenUp, fixture.adopted]).toEqual([[], []]);

describe('beside another blob store than the services have', () => {
  test('a repair is refused, names what to look at, and gives nothing up', async () => {
    await fixture.push(20);
    const other = await fixture.openOther();
    const refused = check(['--repair', '--repair-share', '100%'], other);
    await expect(refused).rejects.toThrow(
      /another blob store than file:\/elsewhere.*BERTH_STORAGE_URL.*mounted/,
    );
    nothingIsGivenUp();
  });

  test('a check warns before it tells what it found', async () => {
    await fixture.push(2);
    const { warnings, findings } = await check([], await fixture.openOther());
    expect(warnings).toEqual([expect.stringContaining('another blob store than file:/elsewhere')]);
    expect(findings.map(({ problem }) => problem)).toEqual(['missing', 'missing']);
  });

  test('a repair is refused too where retention-cleaner does not answer', async () => {
    fixture.isCleanerThere = false;
    await expect(check(['--repair'])).rejects.toThrow(/does not say.*nobody serves/);
    expect((await check([])).warnings).toEqual([expect.stringContaining('nobody serves')]);
  });

  test('no blob is given up that the services see, when the disk goes between two looks', async () => {
    const [key = ''] = await fixture.push(20);
    const stat: BlobStore['stat'] = async (asked) => {
      if (asked === key) throw new BlobStoreError('KEY_UNKNOWN', `there is no ${key}`);
      return await fixture.blobs.stat(asked);
    };
    const refused = check(['--repair'], withOther(fixture.blobs, { stat }));
    await expect(refused).rejects.toThrow(`key ${key} is another there`);
    nothingIsGivenUp();
  });
});

test('a check leaves nothing in the store that it looks at', async () => {
  const keys = await fixture.push(3);
  expect(await check(['--repair'])).toMatchObject({ warnings: [], findings: [], isClean: true });
  expect(await keysOf(fixture.blobs)).toEqual(keys);
});

describe('a repair', () => {
  test('gives up a few lost blobs and unknown keys', async () => {
    const keys = await fixture.push(20);
    await removeAll(keys.slice(0, 2));
    await fixture.leave(2);
    const { findings } = await check(['--repair']);
    expect(findings.map(({ problem, isRepaired }) => [problem, isRepaired])).toEqual([
      ...[
        ['missing', true],
        ['missing', true],
      ],
      ...[
        ['orphaned', true],
        ['orphaned', true],
      ],
    ]);
    expect([fixture.givenUp.length, fixture.adopted.length]).toEqual([2, 2]);
  });

  test.each([
    ['more than a tenth of the blobs', 20, 3, /3 of 20 blobs are without.*"--repair-share 15%"/],
    ['all of few blobs', 7, 7, /7 of 7 blobs are without.*"--repair-share 100%"/],
  ])('is refused where %s is lost, with the share that allows it', async (_, stored, lost, message) => {
    const keys = await fixture.push(stored);
    await removeAll(keys.slice(0, lost));
    const refused: unknown = await check(['--repair']).catch((error) => error);
    expect(String(refused)).toMatch(message);
    nothingIsGivenUp();
    const [, share = ''] = /--repair-share (\d+%)/.exec(String(refused)) ?? [];
    await check(['--repair', '--repair-share', share]);
    expect(fixture.givenUp).toHaveLength(lost);
  });

  test('is refused where the facts know no key of the store, as those of a half import', async () => {
    await fixture.leave(7);
    await expect(check(['--repair'])).rejects.toThrow(/7 of 7 keys of the blob store are unknown/);
    nothingIsGivenUp();
  });

  test('is refused where most tags point at nothing', async () => {
    fixture.tagFindings.push(...['a', 'b'].map((id) => ({ problem: 'danglingTag', id })));
    await expect(check(['--repair'])).rejects.toThrow(/2 of 2 tags point at nothing/);
  });

  test('ends where damage that only reading shows is too much', async () => {
    await fixture.push(17);
    await fixture.pushDamaged(3);
    await expect(check(['--repair', '--digests', 'all'])).rejects.toThrow('3 of 20 blobs are without');
    expect(fixture.givenUp).toHaveLength(2);
  });
});
