import { openTemporaryStore } from '@berth/document-store/testing';
import { type RegistryClient, RegistryClientError } from '@berth/registry-client';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PolicyDocument } from '../documents/policy.ts';
import type { LocalRegistries } from '../ports.ts';
import { planRun } from '../runs/plan-run.ts';
import { startRun } from '../runs/start-run.ts';
import { tendRuns } from '../runs/tend-runs.ts';
import { addEndpoint, addPolicy, openCopy, tasksOf } from './fixture.ts';

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
beforeEach(async () => {
  opened = await openTemporaryStore();
});
afterEach(() => opened.dispose());

const actor = { id: 'u-ann', kind: 'user', name: 'ann' } as const;
const local: LocalRegistries = { exists: async () => true, async *images() {} };
const TAGS: Record<string, string[]> = { 'there/web': ['1.0'], 'there/empty': [] };

/** A registry with those tags, and 404 for any other repository. */
const source = {
  origin: 'http://there',
  lists: {
    async *catalog() {
      yield* Object.keys(TAGS);
    },
    async *tags(repository: string) {
      const tags = TAGS[repository];
      if (tags === undefined) throw new RegistryClientError('REFUSED', 'unknown', { status: 404 });
      yield* tags;
    },
  },
} as unknown as RegistryClient;

/** A run of a policy that pulls these images, planned, and ended where nothing waits. */
async function pull(match: string[], more: Partial<PolicyDocument> = {}) {
  const { records } = openCopy(opened.store);
  await addEndpoint(records);
  const policy = await addPolicy(records, {
    ...{ direction: 'pull', remoteRegistry: 'there', images: { match } },
    ...more,
  });
  const { id } = await startRun(records, policy, { dryRun: false, actor });
  const plans: Promise<void>[] = [];
  await tendRuns({
    ...{ records, local, registries: { local: source, remote: () => source }, retryPauseMs: 1_000 },
    ...{ stopping: new AbortController().signal, onPlanned: () => undefined, onEnded: () => undefined },
    metrics: { runEnded: () => undefined },
    aside: (_, work) => void plans.push(work()),
  });
  await Promise.all(plans);
  const tasks = (await tasksOf(records, id)).map(({ image, tag }) => `${image}:${tag}`);
  return { run: await records.runs.get(id), tasks };
}

test('a pull of a name that the source does not have fails, and says which', async () => {
  const { run } = await pull(['typo']);
  expect(run).toMatchObject({ state: 'failed', error: 'http://there has no repository "there/typo"' });
});

test.each([
  ['by names alone', ['web', 'empty', 'typo', 'wrong']],
  ['beside wildcards', ['w*', 'typo', 'wrong']],
])('what is there is copied all the same, where images are named %s', async (_, match) => {
  const { run, tasks } = await pull(match);
  expect(run?.error).toBe('http://there has no repository "there/typo", "there/wrong"');
  expect(tasks).toEqual(['web:1.0']);
});

test.each([
  ['an image without tags', { match: ['empty'] }],
  ['images by a wildcard that fits none', { match: ['x*'] }],
  ['an image that is excluded', { match: ['typo'], exclude: ['typo'] }],
])('a pull of %s misses nothing', async (_, images) => {
  const { run } = await pull(images.match, { images });
  expect(run).toMatchObject({ state: 'succeeded' });
  expect(run?.error).toBeUndefined();
});

test('a push of an image that was deleted here misses nothing', async () => {
  const { records } = openCopy(opened.store);
  const policy = await addPolicy(records, { images: { match: ['typo'] } });
  const run = await startRun(records, policy, { dryRun: false, actor });
  const sides = { policy, source, destination: source, sourceOf: String, destinationOf: String };
  await planRun({ records, local, signal: new AbortController().signal }, { run, policy, sides });
  expect(await tasksOf(records, run.id)).toEqual([]);
});
