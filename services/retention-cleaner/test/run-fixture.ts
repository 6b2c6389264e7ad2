import type { Bus } from '@berth/bus';
import {
  type CleanupPolicySettings,
  cleanUpArtifact,
  type ScannedArtifact,
  ServiceError,
  scanArtifacts,
  scanImages,
} from '@berth/contracts';
import type { DocumentStore } from '@berth/document-store';
import { newId, silentLogger } from '@berth/runtime';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import { createPolicy } from '../policies/create-policy.ts';
import { openRecords, type Records } from '../records.ts';
import { doTask } from '../runs/do-task.ts';
import { takeTask } from '../runs/hold-task.ts';
import { tendRuns } from '../runs/tend-runs.ts';

export const ALICE = { id: 'u-alice', kind: 'user', name: 'alice' } as const;
export const ORIGIN = { actor: ALICE, via: 'api' } as const;
export const REGISTRY = { id: 'r-1', name: 'acme' };

/** What metadata holds, by image, and what it was asked to delete. */
export interface Registry {
  readonly images: Map<string, ScannedArtifact[]>;
  readonly deleted: string[];
  /** Before each deletion; throws to fail. */
  onDelete: (digest: string) => Promise<void>;
  /** Why an artifact is kept at the moment of its deletion. */
  readonly held: Map<string, string>;
}

export function emptyRegistry(): Registry {
  return { images: new Map(), deleted: [], onDelete: async () => {}, held: new Map() };
}

/** Answers on the bus as metadata would, of one registry, in small pages. */
export function serveRegistry(bus: Bus, registry: Registry): void {
  const page = <T>(all: readonly T[], limit: number, after = '0') => {
    const start = Number(after);
    const end = start + Math.min(limit, 3);
    return { items: all.slice(start, end), next: end < all.length ? String(end) : null };
  };
  const requireRegistry = (id: string) => {
    if (id !== REGISTRY.id) throw new ServiceError('REGISTRY_NOT_FOUND', `registry "${id}" does not exist`);
  };
  bus.serve(scanImages, async ({ registryId, limit, after }) => {
    requireRegistry(registryId);
    const { items, next } = page([...registry.images.keys()].sort(), limit, after);
    return { names: [...items], next };
  });
  bus.serve(scanArtifacts, async ({ registryId, image, limit, after }) => {
    requireRegistry(registryId);
    const { items, next } = page(registry.images.get(image) ?? [], limit, after);
    return { items: [...items], next };
  });
  bus.serve(cleanUpArtifact, async ({ image, digest }) => {
    await registry.onDelete(digest);
    const reason = registry.held.get(digest);
    if (reason !== undefined) return { outcome: 'kept' as const, reason };
    const before = registry.images.get(image) ?? [];
    registry.images.set(
      image,
      before.filter((one) => one.digest !== digest),
    );
    if (!before.some((one) => one.digest === digest)) return { outcome: 'gone' as const };
    registry.deleted.push(digest);
    return { outcome: 'deleted' as const };
  });
}

/** One copy of the service: it takes and does what is due, when the test says so. */
export interface Copy {
  readonly records: Records;
  /** Looks at runs and works on images until nothing is due. */
  work(stopping?: AbortSignal): Promise<void>;
}

export function openCopy(store: DocumentStore, bus: Bus, clock: () => number): Copy {
  const records = openRecords({ store, clock, newId, logger: silentLogger });
  const holder = newId();
  return {
    records,
    async work(stopping = new AbortController().signal) {
      for (let isMore = true; isMore && !stopping.aborted; ) {
        await tendRuns({ records, caller: bus });
        const task = await takeTask(records, holder);
        isMore = task !== null;
        if (task !== null) await doTask({ records, caller: bus, stopping }, task);
      }
    },
  };
}

const DEFAULTS: CleanupPolicySettings = {
  name: 'tidy',
  images: { match: ['**'] },
  tags: { match: ['**'] },
  untagged: false,
  keep: [{ rule: 'latestPushed', count: 1 }],
  timeZone: 'UTC',
  maxDeletedShare: 0.9,
  enabled: true,
};

export async function makePolicy(
  records: Records,
  settings: Partial<CleanupPolicySettings> = {},
  registry = REGISTRY,
): Promise<PolicyDocument> {
  return await createPolicy(records, { registry, settings: { ...DEFAULTS, ...settings }, origin: ORIGIN });
}

/** Artifacts `<image>1`… of an image, one a day, the last today's. */
export function fill(registry: Registry, image: string, count: number): void {
  const DAY_MS = 86_400_000;
  registry.images.set(
    image,
    Array.from({ length: count }, (_, n) => {
      const at = new Date(Date.now() - 60_000 - (count - 1 - n) * DAY_MS).toISOString();
      return {
        ...{ digest: `${image}${n + 1}`, pushedAt: at, lastPulledAt: null },
        tags: [{ name: `v${n + 1}`, updatedAt: at, lastPulledAt: null }],
        ...{ isProtected: false, isAttached: false, parents: [] },
      };
    }),
  );
}
