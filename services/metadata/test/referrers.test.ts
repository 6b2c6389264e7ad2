import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { KEPT_ANNOTATION_BYTES, keptAnnotations } from '../artifacts/kept-annotations.ts';
import { listReferrers } from '../artifacts/list-referrers.ts';
import { type Fixture, imagePush, ORIGIN, openFixture, push, referrerPush } from './fixture.ts';

const MIB = 1024 * 1024;

let fixture: Fixture;
let subject: Awaited<ReturnType<typeof imagePush>>;
beforeEach(async () => {
  fixture = await openFixture();
  subject = await imagePush(fixture, 'subject');
  await push(fixture, subject);
});
afterEach(() => fixture.dispose());

async function attach(annotations: Record<string, string>): Promise<string> {
  const referrer = await referrerPush(fixture, subject, annotations);
  await push(fixture, referrer);
  return referrer.digest;
}

async function walk(limit: number) {
  const pages: Awaited<ReturnType<typeof listReferrers>>[] = [];
  let after: string | undefined;
  do {
    const page = await listReferrers(fixture.facts, fixture.scope, { digest: subject.digest, limit, after });
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  return pages;
}

describe('a list of referrers', () => {
  test.each([1, 2, 30, 60, 100])(
    'in pages of %i shows each live one once, in the order of digests',
    async (limit) => {
      const digests: string[] = [];
      for (let n = 0; n < 61; n++) digests.push(await attach({ n: String(n) }));
      const [gone, ...rest] = digests;
      await deleteArtifact(fixture.facts, { ...fixture, digest: gone ?? '', origin: ORIGIN });
      const pages = await walk(limit);
      expect(pages.flatMap(({ descriptors }) => descriptors.map(({ digest }) => digest))).toEqual(
        rest.sort(),
      );
      for (const { descriptors } of pages.slice(0, -1)) expect(descriptors).toHaveLength(limit);
    },
  );

  test('ends a page at a mebibyte of JSON', async () => {
    for (let n = 0; n < 100; n++) await attach({ n: String(n), text: 'x'.repeat(15_000) });
    const pages = await walk(100);
    expect(pages.map(({ descriptors }) => descriptors.length).reduce((sum, count) => sum + count)).toBe(100);
    expect(pages.length).toBe(2);
    for (const { descriptors } of pages) expect(JSON.stringify(descriptors).length).toBeLessThan(1.01 * MIB);
  });

  test('leaves out annotations that would make a page too large for the bus', async () => {
    for (let n = 0; n < 4; n++) await attach({ n: String(n), big: 'x'.repeat(3_000_000), small: 'y' });
    const [page] = await walk(100);
    const shown = page?.descriptors.map(({ annotations }) => annotations);
    expect(new Set(shown?.map((annotations) => annotations?.n))).toEqual(new Set(['0', '1', '2', '3']));
    expect(shown?.every((annotations) => annotations?.small === 'y' && annotations.big === undefined)).toBe(
      true,
    );
  });

  test('bounds what an earlier version has stored without a bound', async () => {
    const digest = await attach({});
    const stored = await fixture.facts.artifacts.get(`${fixture.scope.imageId}@${digest}`);
    if (!stored) throw new Error('no referrer');
    await fixture.facts.artifacts.replace({
      ...stored,
      annotations: { big: '\u0000'.repeat(2_000_000), ok: '' },
    });
    expect((await walk(100))[0]?.descriptors).toMatchObject([{ annotations: { ok: '' } }]);
  });
});

test('annotations are kept whole, in their order, as far as they fit', () => {
  const half = 'x'.repeat(KEPT_ANNOTATION_BYTES / 2 - 20);
  const kept = keptAnnotations({
    a: half,
    huge: 'x'.repeat(KEPT_ANNOTATION_BYTES),
    b: half,
    c: 'x'.repeat(100),
    d: '1',
  });
  expect(Object.keys(kept)).toEqual(['a', 'b', 'd']);
});
