import { randomBytes, randomInt } from 'node:crypto';
import { digestOf } from '@berth/oci';
import { isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildArtifact, buildImage, pushManifest } from '@berth/registry-client/testing';
import { clientOf, verifyBlobs } from '../faults/workload.ts';
import type { E2eTarget } from '../support/e2e-target.ts';
import { forget, type ModelRepository, modelRepository } from './model-repository.ts';
import { restoreDeleted } from './restore-deleted.ts';

export interface Soak {
  readonly models: readonly ModelRepository[];
  /** What no client that keeps to the protocol may see. */
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

interface Worker {
  readonly target: E2eTarget;
  readonly client: RegistryClient;
  readonly model: ModelRepository;
  /** Repositories that may be mounted from. */
  readonly others: readonly ModelRepository[];
  readonly graceMs: number;
  readonly binMs: number;
  serial: number;
}

/** Layers that all repositories have, come and go again with the images that name them. */
const SHARED = Array.from({ length: 6 }, (_, index) => Buffer.alloc(20_000 + index, `shared ${index}`));

const ACTIONS = {
  pushNew: async (worker: Worker) => await push(worker, buildImage({ layers: layersOf(randomInt(1, 4)) })),
  async pushShared(worker: Worker) {
    const layers = [pick(SHARED), randomBytes(500)].filter((layer) => layer !== undefined);
    await push(worker, buildImage({ layers }));
  },
  async pushDeletedAgain(worker: Worker) {
    const deleted = worker.model.deleted.pop();
    if (deleted !== undefined) await push(worker, deleted.manifest);
  },
  async restoreDeleted({ target, model, binMs }: Worker) {
    const deleted = model.deleted.pop();
    if (deleted === undefined) return;
    const { manifest, askedAt } = deleted;
    const tags = await restoreDeleted(target, model.name, manifest.digest);
    if (tags !== null) {
      model.artifacts.set(manifest.digest, manifest);
      for (const tag of tags) model.tags.set(tag, manifest);
    } else if (Date.now() - askedAt < binMs * 0.75) throw new Error(`${manifest.digest} is not restored`);
  },
  async mountAndPush(worker: Worker) {
    const layer = pick(SHARED);
    const other = pick(worker.others);
    if (layer === undefined || other === undefined) return;
    const upload = await worker.client.blobs.mount(worker.model.name, digestOf(layer), other.name);
    if (upload !== null) await worker.client.uploads.cancel(upload);
    await push(worker, buildImage({ layers: [layer] }));
  },
  async retag({ client, model }: Worker) {
    const [from, to] = [pick([...model.artifacts.values()]), pick([...model.tags.keys()])];
    if (from === undefined || to === undefined || isAttached(from)) return;
    await untilAnswered(() => client.manifests.put(model.name, to, from));
    model.tags.set(to, from);
  },
  async deleteByTag({ client, model }: Worker) {
    const tag = pick([...model.tags.keys()]);
    if (tag === undefined) return;
    await untilAnswered(() => client.manifests.delete(model.name, tag));
    model.tags.delete(tag);
  },
  async deleteByDigest({ client, model }: Worker) {
    const manifest = pick([...model.artifacts.values()]);
    if (manifest === undefined) return;
    const askedAt = Date.now();
    await untilAnswered(() => client.manifests.delete(model.name, manifest.digest));
    forget(model, manifest.digest, askedAt);
  },
  async attach(worker: Worker) {
    const subject = pick([...worker.model.artifacts.values()]);
    if (subject === undefined) return;
    const artifactType = 'application/vnd.example.sbom';
    await push(worker, buildArtifact({ artifactType, subject, content: randomBytes(200) }), false);
  },
  async pull({ client, model }: Worker) {
    const [tag, expected] = pick([...model.tags]) ?? [];
    if (tag === undefined || expected === undefined) return;
    const found = await client.manifests.get(model.name, tag);
    if (!found.bytes.equals(expected.bytes))
      throw new Error(`${tag} is ${found.digest}, not ${expected.digest}`);
    await verifyBlobs(client, model.name, found.bytes);
  },
} as const satisfies Readonly<Record<string, (worker: Worker) => Promise<void>>>;

/** How often each comes up, relative to the others. */
const WEIGHTS: Readonly<Record<keyof typeof ACTIONS, number>> = {
  ...{ pushNew: 3, pushShared: 4, pushDeletedAgain: 3, restoreDeleted: 2, mountAndPush: 3, retag: 2 },
  ...{ deleteByTag: 2, deleteByDigest: 5, attach: 2, pull: 4 },
};
/** As many artifacts a repository has at most: what is kept does not grow with the time, what comes and goes does. */
const KEPT = 60;
const DECK = Object.entries(WEIGHTS).flatMap(([name, weight]) =>
  Array(weight).fill(name),
) as (keyof typeof ACTIONS)[];

/** Starts `clients` that each write to a repository of their own, until stopped. */
export function startSoak(
  target: E2eTarget,
  options: {
    readonly registry: string;
    readonly clients: number;
    readonly graceMs: number;
    readonly binMs: number;
  },
): Soak {
  const models = Array.from({ length: options.clients }, (_, index) =>
    modelRepository(`${options.registry}/worker${index}`),
  );
  const violations: string[] = [];
  const counts: Record<string, number> = {};
  let isStopped = false;

  async function work(model: ModelRepository): Promise<void> {
    const client = clientOf(target);
    const others = models.filter((other) => other !== model);
    const { graceMs, binMs } = options;
    const worker: Worker = { target, client, model, others, graceMs, binMs, serial: 0 };
    while (!isStopped) {
      const action = model.artifacts.size > KEPT ? 'deleteByDigest' : (pick(DECK) ?? 'pull');
      try {
        await ACTIONS[action]({ ...worker, serial: worker.serial++ });
        counts[action] = (counts[action] ?? 0) + 1;
      } catch (error) {
        violations.push(`${model.name} ${action}: ${describe(error)}`);
        if (violations.length > 20) return;
      }
    }
    await client.close();
  }

  const working = models.map(work);
  return {
    models,
    violations,
    counts,
    async stop() {
      isStopped = true;
      await Promise.all(working);
    },
  };
}

/** As a client does: HEAD, what is missing, manifest. One that was slower than the grace period begins again. */
async function push(worker: Worker, manifest: BuiltManifest, isTagged = true): Promise<void> {
  const { client, model, graceMs } = worker;
  const tag = `t${worker.serial++ % 12}`;
  for (;;) {
    const startedAt = Date.now();
    try {
      await untilAnswered(() => pushManifest(client, model.name, { manifest, ...(isTagged && { tag }) }));
      break;
    } catch (error) {
      const isLate = Date.now() - startedAt >= graceMs * 0.75;
      const isMissing = isRegistryClientError(error) && JSON.stringify(error.errors).includes('BLOB_UNKNOWN');
      if (!isLate || !isMissing) throw error;
    }
  }
  model.artifacts.set(manifest.digest, manifest);
  if (isTagged) model.tags.set(tag, manifest);
}

/**
 * Repeats what may be repeated while a server behind takes longer than the registry waits for it: what was done is not known then. A
 * deletion that finds nothing the second time was done the first.
 */
async function untilAnswered(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await call();
      return;
    } catch (error) {
      const status = isRegistryClientError(error) ? error.status : null;
      if (status === 404 && attempt > 0) return;
      if (status !== 503 || attempt === 5) throw error;
    }
  }
}

function layersOf(count: number): Buffer[] {
  return Array.from({ length: count }, () => randomBytes(randomInt(1, 60_000)));
}

function isAttached({ bytes }: BuiltManifest): boolean {
  return JSON.parse(bytes.toString('utf8')).subject !== undefined;
}

function pick<T>(items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[randomInt(items.length)];
}

function describe(error: unknown): string {
  return isRegistryClientError(error) ? `${error.message} ${JSON.stringify(error.errors)}` : String(error);
}
