import type { BuiltManifest } from '@berth/registry-client/testing';

/** What a repository must hold, as the one client that writes to it knows. */
export interface ModelRepository {
  readonly name: string;
  readonly tags: Map<string, BuiltManifest>;
  /** Live by digest, tagged or not; with what is attached to them. */
  readonly artifacts: Map<string, BuiltManifest>;
  /** Deleted, to be pushed again or restored; the latest deletion of each digest, since that is what the recycle bin has. */
  readonly deleted: Deleted[];
}

export interface Deleted {
  readonly manifest: BuiltManifest;
  /** Epoch milliseconds, before it was asked for. */
  readonly askedAt: number;
}

export function modelRepository(name: string): ModelRepository {
  return { name, tags: new Map(), artifacts: new Map(), deleted: [] };
}

/** Takes an artifact out, with its tags. */
export function forget(model: ModelRepository, digest: string, askedAt: number): void {
  const manifest = model.artifacts.get(digest);
  const before = model.deleted.findIndex((deleted) => deleted.manifest.digest === digest);
  if (before !== -1) model.deleted.splice(before, 1);
  if (manifest !== undefined) model.deleted.push({ manifest, askedAt });
  if (model.deleted.length > 20) model.deleted.shift();
  model.artifacts.delete(digest);
  for (const [tag, { digest: tagged }] of model.tags) if (tagged === digest) model.tags.delete(tag);
}

/** The digests of the blobs that the repositories need. */
export function neededBlobs(models: readonly ModelRepository[]): Set<string> {
  const needed = new Set<string>();
  for (const { artifacts } of models) {
    for (const { bytes } of artifacts.values()) {
      const { config, layers } = JSON.parse(bytes.toString('utf8'));
      for (const { digest } of [config, ...layers]) needed.add(digest);
    }
  }
  return needed;
}
