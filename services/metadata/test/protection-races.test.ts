import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { findManifest } from '../artifacts/find-manifest.ts';
import { repair } from '../maintenance/repair.ts';
import { createPolicy } from '../protection/create-policy.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import { pointTag } from '../tags/point-tag.ts';
import {
  Crash,
  eventTypes,
  type Fixture,
  imagePush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
} from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const resolves = async (reference: string) =>
  (await findManifest(fixture.facts, fixture.scope, reference)).artifact.digest;
const remove = (digest: string) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const protect = (name = 'releases') =>
  createPolicy(fixture.facts, {
    registry: fixture.scope.registry,
    settings: { name, images: { match: ['**'] }, tags: { match: ['v*'] }, enabled: true },
    origin: ORIGIN,
  });
const removeRegistry = () =>
  beginRegistryDeletion(fixture.facts, fixture.scope.registry, { origin: ORIGIN, force: true });
const stateOfRegistry = async () =>
  (await fixture.facts.registries.get(fixture.scope.registry.id))?.state ?? 'gone';
const protectedNow = { code: 'PROTECTED' };

async function pushed(tag: string) {
  const image = await imagePush(fixture, tag, tag);
  await push(fixture, image);
  return image;
}

describe('the deletion of an artifact', () => {
  test.each(['artifact-guarded', 'artifact-deleting'] as const)(
    'sees a policy that is made at %s, and puts it back with its tags',
    async (step) => {
      const { digest } = await pushed('v1');
      fixture.at(step, () => protect());
      await expect(remove(digest)).rejects.toMatchObject(protectedNow);
      expect(await resolves('v1')).toBe(digest);
      expect(await eventTypes(fixture)).not.toContain('tag.deleted');
    },
  );

  test('sees a protected tag that is pointed at it between guard and deleting', async () => {
    await protect();
    const { digest } = await pushed('latest');
    fixture.at('artifact-guarded', () =>
      pointTag(fixture.facts, { scope: fixture.scope, tag: 'v9', digest, origin: ORIGIN }),
    );
    await expect(remove(digest)).rejects.toMatchObject(protectedNow);
    expect(await resolves('v9')).toBe(digest);
    expect(await resolves('latest')).toBe(digest);
  });

  test('that died after deleting is not ended by repair when a policy was made meanwhile', async () => {
    const { digest } = await pushed('v1');
    fixture.crashAt('artifact-deleting');
    await expect(remove(digest)).rejects.toThrow(Crash);
    await protect();
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    expect(await resolves('v1')).toBe(digest);
  });
});

describe('the deletion of a registry', () => {
  test.each(['registry-guarded', 'registry-deleting'] as const)(
    'sees a policy that is made at %s: one of the two is refused, and nothing protected goes',
    async (step) => {
      const { digest } = await pushed('v1');
      let made: unknown;
      fixture.at(step, async () => {
        made = await protect().catch((error: unknown) => error);
      });
      const deletion = await removeRegistry().catch((error: unknown) => error);
      if (step === 'registry-guarded') {
        expect(deletion).toMatchObject(protectedNow);
        expect(await resolves('v1')).toBe(digest);
        expect(await stateOfRegistry()).toBe('active');
      } else {
        expect(made).toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
        await finishRegistryDeletion(fixture.facts, deletion as never);
        expect(await stateOfRegistry()).toBe('gone');
      }
    },
  );

  test('that begins while a policy is made leaves no policy behind', async () => {
    fixture.at('policy-created', async () => finishRegistryDeletion(fixture.facts, await removeRegistry()));
    await expect(protect()).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
    const { items } = await fixture.facts.protectionPolicies.page({ index: 'id', limit: 10 });
    expect(items).toEqual([]);
  });
});

describe('policies made at once', () => {
  test('twenty of a registry: fifteen are made', async () => {
    const names = Array.from({ length: 20 }, (_, count) => `policy ${count}`);
    const made = await Promise.allSettled(names.map(protect));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(15);
    for (const one of made)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'POLICY_LIMIT' });
  });

  test('eight of one name: one is made, the others learn of it', async () => {
    const made = await Promise.allSettled(Array.from({ length: 8 }, () => protect('same')));
    const [winner] = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of made)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'NAME_TAKEN', detail: { existingId: winner } });
  });
});
