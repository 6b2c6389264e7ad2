import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findManifest } from '../artifacts/find-manifest.ts';
import { createKnownBlobs, type KnownBlobs } from '../artifacts/known-blobs.ts';
import { pushManifest } from '../artifacts/push-manifest.ts';
import type { Artifact } from '../documents/artifact.ts';
import { type Fixture, imagePush, openFixture } from './fixture.ts';

let fixture: Fixture;
let artifact: Artifact & { id: string; version: number };
/** Reads of blobs. */
let reads = 0;
/** What each of them waits for. */
let held: Promise<void> | undefined;
const BEGUN_AT = 100;
let now = BEGUN_AT;

beforeAll(async () => {
  fixture = await openFixture();
  const image = await imagePush(fixture, 'a', '1.0');
  await pushManifest(fixture.facts, image);
  ({ artifact } = await findManifest(fixture.facts, fixture.scope, image.digest));
});
afterAll(() => fixture.dispose());
beforeEach(() => {
  reads = 0;
  now = BEGUN_AT;
  held = undefined;
});

function knownBlobs(sweepQuarantineMs: number, lost?: string): KnownBlobs {
  const { facts } = fixture;
  const counted: typeof facts.blobs = {
    ...facts.blobs,
    async get(id) {
      reads += 1;
      await held;
      return id === lost ? null : await facts.blobs.get(id);
    },
  };
  const settings = { ...facts.settings, sweepQuarantineMs };
  return createKnownBlobs({ ...facts, settings, blobs: counted }, () => now);
}

describe('where the blobs of an artifact are', () => {
  const ask = async (blobs: KnownBlobs, seenAt = now) => (await blobs.of(artifact, seenAt)).length;

  test.each([
    { what: 'half a minute, as a rule', quarantineMs: 3_600_000, keptMs: 30_000 },
    {
      what: 'as long as a short quarantine lasts, less the second that readers keep it',
      quarantineMs: 5_000,
      keptMs: 4_000,
    },
    { what: 'no time, where that is all', quarantineMs: 1_000, keptMs: 0 },
  ])('is kept for $what', async ({ quarantineMs, keptMs }) => {
    const blobs = knownBlobs(quarantineMs);
    expect(await ask(blobs)).toBe(2);
    expect(reads).toBe(2);
    if (keptMs > 0) {
      now = BEGUN_AT + keptMs - 1;
      expect(await ask(blobs)).toBe(2);
      expect(reads).toBe(2);
    }
    now = BEGUN_AT + keptMs + 1;
    expect(await ask(blobs)).toBe(2);
    expect(reads).toBe(4);
  });

  test('counts from when the artifact was seen, not from when they were read', async () => {
    const blobs = knownBlobs(5_000);
    now += 3_000;
    await ask(blobs, BEGUN_AT);
    now = BEGUN_AT + 4_001;
    await ask(blobs);
    expect(reads).toBe(4);
  });

  test('is forgotten when it is to be, also where it is being read', async () => {
    const blobs = knownBlobs(60_000);
    await ask(blobs);
    blobs.forget();
    const release = Promise.withResolvers<void>();
    held = release.promise;
    const asking = ask(blobs);
    blobs.forget();
    release.resolve();
    expect(await asking).toBe(2);
    await ask(blobs);
    expect(reads).toBe(6);
  });

  test('is not kept where one of them was not found', async () => {
    const blobs = knownBlobs(60_000, artifact.references[0]?.split('@')[1]);
    expect(await ask(blobs)).toBe(1);
    expect(await ask(blobs)).toBe(1);
    expect(reads).toBe(4);
  });
});
