import { type Digest, digestOf } from '@berth/oci';
import { type RegistryClient, RegistryClientError } from '@berth/registry-client';
import { expect, test } from '@jest/globals';
import type { PolicyDocument } from '../documents/policy.ts';
import { driftFailure } from '../drift/drift-failure.ts';
import { measureDrift } from '../drift/measure-drift.ts';
import type { Sides } from '../tasks/sides-of.ts';

const DIGEST = digestOf(Buffer.from('a manifest'));
const refused = (status: number) =>
  new RegistryClientError('REFUSED', `HEAD there answered ${status}`, { status });

/** A registry that lists what it has only to those who may pull, and takes a HEAD from those who may push too. */
function registryOf(tags: Record<string, Digest>, may: readonly ('pull' | 'push')[]): RegistryClient {
  const list = () => {
    if (!may.includes('pull')) throw refused(403);
  };
  return {
    manifests: {
      async head(_repository: string, tag: string, { isPush = false } = {}) {
        if (!may.includes('pull') && !(isPush && may.includes('push'))) throw refused(401);
        const digest = tags[tag];
        return digest === undefined ? null : { digest, mediaType: '', sizeBytes: 0 };
      },
    },
    lists: {
      async *catalog() {
        list();
        yield 'acme/web';
      },
      async *tags() {
        list();
        yield* Object.keys(tags);
      },
    },
  } as unknown as RegistryClient;
}

/** What is reported to a user of the endpoint who has these rights. */
async function drift(...may: ('pull' | 'push')[]) {
  const policy = { direction: 'push', registry: 'acme', images: { match: ['**'] }, tags: { match: ['**'] } };
  const sides: Sides = {
    policy: policy as unknown as PolicyDocument,
    source: registryOf({ same: DIGEST, missing: DIGEST }, ['pull']),
    destination: registryOf({ same: DIGEST, extra: DIGEST }, may),
    sourceOf: (image) => `acme/${image}`,
    destinationOf: (image) => `acme/${image}`,
  };
  const local = {
    exists: async () => true,
    async *images() {
      yield 'web';
    },
  };
  return await measureDrift({ local, clock: () => 0 }, sides, { limit: 100 });
}

const missing = { image: 'web', tag: 'missing', state: 'missing', sourceDigest: DIGEST };

test('who may pull there is told of all', async () => {
  expect(await drift('pull')).toMatchObject({
    items: [missing, { image: 'web', tag: 'extra', state: 'extra', destinationDigest: DIGEST }],
    counts: { same: 1, missing: 1, different: 0, extra: 1 },
    areDestinationImagesKnown: true,
  });
});

test('who may only push there is told of all but what only the destination has', async () => {
  expect(await drift('push')).toEqual({
    items: [missing],
    counts: { same: 1, missing: 1, different: 0, extra: 0 },
    areDestinationImagesKnown: false,
    next: null,
  });
});

test('who may neither is told which right is missing', async () => {
  const error = await drift().catch((caught: RegistryClientError) => caught);
  expect(driftFailure(error as RegistryClientError, { direction: 'push' })).toMatchObject({
    code: 'ENDPOINT_FAILED',
    message: 'HEAD there answered 401: the user of the endpoint must be allowed to push there',
  });
});
