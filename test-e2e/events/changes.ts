import { randomInt, randomUUID } from 'node:crypto';
import { isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildImage, pushManifest } from '@berth/registry-client/testing';
import { clientOf } from '../faults/workload.ts';
import type { E2eTarget } from '../support/e2e-target.ts';
import { pause } from '../support/pause.ts';

/** A change that was tried, and when it was under way. */
export interface Change extends Planned {
  readonly from: number;
  readonly to: number;
  readonly isAcknowledged: boolean;
}

interface Planned {
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
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const live = new Map<string, BuiltManifest[]>();
  let left = options.count;

  /** What to do next, and how. */
  function plan(client: RegistryClient): { readonly change: Planned; run(): Promise<unknown> } {
    const image = IMAGES[randomInt(IMAGES.length)] ?? 'web';
    const tag = TAGS[randomInt(TAGS.length)] ?? 'latest';
    const repository = `${options.registry}/${image}`;
    const known = live.get(image) ?? [];
    const pick = known[randomInt(Math.max(1, known.length))];
    const dice = Math.random();
    if (dice < 0.75 || pick === undefined) {
      const isNew = dice < 0.5 || pick === undefined;
      const manifest = isNew ? buildImage({ layers: [LAYER], annotations: { serial: randomUUID() } }) : pick;
      const run = async () => {
        await pushManifest(client, repository, { manifest, tag });
        if (isNew) live.set(image, [...known.slice(-20), manifest]);
      };
      return { change: { kind: 'pushed', image, tag, digest: manifest.digest }, run };
    }
    if (dice < 0.9)
      return {
        change: { kind: 'tag deleted', image, tag },
        run: () => client.manifests.delete(repository, tag),
      };
    return {
      change: { kind: 'artifact deleted', image, digest: pick.digest },
      run: () => client.manifests.delete(repository, pick.digest),
    };
  }

  async function work(): Promise<void> {
    const client = clientOf(target);
    while (left > 0) {
      left -= 1;
      const { change, run } = plan(client);
      const from = performance.now();
      let isAcknowledged = true;
      try {
        await run();
      } catch (error) {
        isAcknowledged = false;
        // Nothing there to delete, or something was down: what came of it, the events tell.
        if (!isRegistryClientError(error) || error.status !== 404) await pause(20);
      }
      changes.push({ ...change, from, to: performance.now(), isAcknowledged });
    }
    await client.close();
  }

  await Promise.all(Array.from({ length: options.clients }, work));
  return changes;
}
