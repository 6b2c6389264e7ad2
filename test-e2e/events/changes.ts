import { randomInt, randomUUID } from 'node:crypto';
import { isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildImage, pushManifest } from '@berth/registry-client/testing';
import { clientOf } from '../faults/workload.ts';
import type { E2eTarget } from '../support/e2e-target.ts';

/** A change that was acknowledged. */
export interface Change {
  readonly kind: 'pushed' | 'tag deleted' | 'artifact deleted';
  readonly image: string;
  readonly tag?: string;
  readonly digest?: string;
}

const IMAGES = ['web', 'api', 'team/jobs', 'base'];
const TAGS = ['1.0', '1.1', 'latest', 'edge', 'dev'];
const LAYER = Buffer.from('one layer for all');

/** Makes changes with several clients at once, on tags that they share, until so many were tried. */
export async function makeChanges(
  target: E2eTarget,
  options: { readonly registry: string; readonly clients: number; readonly count: number },
): Promise<{ readonly acknowledged: readonly Change[]; readonly failures: number }> {
  const acknowledged: Change[] = [];
  const live = new Map<string, BuiltManifest[]>();
  let left = options.count;
  let failures = 0;

  async function change(client: RegistryClient): Promise<Change | null> {
    const image = IMAGES[randomInt(IMAGES.length)] ?? 'web';
    const tag = TAGS[randomInt(TAGS.length)] ?? 'latest';
    const repository = `${options.registry}/${image}`;
    const known = live.get(image) ?? [];
    const pick = known[randomInt(Math.max(1, known.length))];
    const dice = Math.random();
    if (dice < 0.5 || pick === undefined) {
      const manifest = buildImage({ layers: [LAYER], annotations: { serial: randomUUID() } });
      await pushManifest(client, repository, { manifest, tag });
      live.set(image, [...known.slice(-20), manifest]);
      return { kind: 'pushed', image, tag, digest: manifest.digest };
    }
    if (dice < 0.75) {
      await pushManifest(client, repository, { manifest: pick, tag });
      return { kind: 'pushed', image, tag, digest: pick.digest };
    }
    if (dice < 0.9) {
      await client.manifests.delete(repository, tag);
      return { kind: 'tag deleted', image, tag };
    }
    await client.manifests.delete(repository, pick.digest);
    return { kind: 'artifact deleted', image, digest: pick.digest };
  }

  async function work(): Promise<void> {
    const client = clientOf(target);
    while (left > 0) {
      left -= 1;
      try {
        const done = await change(client);
        if (done) acknowledged.push(done);
      } catch (error) {
        // Nothing there to delete, or something was down: what came of it, the events tell.
        if (!isRegistryClientError(error) || error.status !== 404) failures += 1;
        if (failures > options.count) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await client.close();
  }

  await Promise.all(Array.from({ length: options.clients }, work));
  return { acknowledged, failures };
}
