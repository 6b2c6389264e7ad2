import { join } from 'node:path';
import type { Actor } from '@berth/contracts';
import { openDocumentStore } from '@berth/document-store';
import { digestOf } from '@berth/oci';
import { newId, silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { findManifest } from '../artifacts/find-manifest.ts';
import { type ManifestPush, pushManifest } from '../artifacts/push-manifest.ts';
import { artifactId } from '../documents/ids.ts';
import { type Facts, openFacts, type Step } from '../facts.ts';
import { createRegistry } from '../registries/create-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { listTags } from '../tags/list-tags.ts';
import { commitUpload } from '../uploads/commit-upload.ts';
import { startUpload } from '../uploads/start-upload.ts';

export const ALICE: Actor = { id: 'u-alice', kind: 'user', name: 'alice' };
export const BOB: Actor = { id: 'u-bob', kind: 'user', name: 'bob' };
export const ORIGIN = { actor: ALICE, via: 'docker' } as const;

export const MINUTE_MS = 60_000;

/** Facts on a real store, with a clock that tests move and steps that tests stop at. */
export interface Fixture {
  readonly facts: Facts;
  readonly scope: RepositoryScope;
  /** Milliseconds added to the wall clock. */
  advance(ms: number): void;
  /** Runs once, at the next time any story comes to the step. */
  at(step: Step, action: () => Promise<unknown>): void;
  /** The next story that comes to the step ends there, as if its process had died. */
  crashAt(step: Step): void;
  dispose(): Promise<void>;
}

/** What the builders of pushes need. */
export type Repository = Pick<Fixture, 'facts' | 'scope'>;

/** Thrown by `crashAt`; no story catches it. */
export class Crash extends Error {}

export async function openFixture(
  settings: {
    allowMissingChildren?: boolean;
    recycleBinMs?: number;
    step?: (step: Step) => Promise<void>;
  } = {},
): Promise<Fixture> {
  const folder = await temporaryFolder();
  const store = await openDocumentStore({ url: `sqlite:${join(folder, 'metadata.db')}` });
  let offsetMs = 0;
  const waiting = new Map<Step, () => Promise<unknown>>();
  const facts = openFacts({
    store,
    clock: () => Date.now() + offsetMs,
    newId,
    logger: silentLogger,
    settings: {
      sweepGraceMs: 24 * 60 * MINUTE_MS,
      sweepQuarantineMs: 60 * MINUTE_MS,
      uploadTtlMs: 24 * 60 * MINUTE_MS,
      uploadLeaseMs: 30_000,
      repairAfterMs: 2 * MINUTE_MS,
      recycleBinMs: settings.recycleBinMs ?? 0,
    },
    step: async (step) => {
      await settings.step?.(step);
      const action = waiting.get(step);
      waiting.delete(step);
      await action?.();
    },
  });
  const registry = await createRegistry(
    facts,
    {
      name: 'acme',
      description: '',
      visibility: 'private',
      tagNaming: 'lowercase',
      allowMissingChildren: settings.allowMissingChildren ?? false,
    },
    ORIGIN,
  );
  return {
    facts,
    scope: { registry, image: 'web', imageId: `${registry.id}/web` },
    advance: (ms) => {
      offsetMs += ms;
    },
    at: (step, action) => {
      waiting.set(step, action);
    },
    crashAt: (step) => {
      waiting.set(step, async () => {
        throw new Crash(step);
      });
    },
    dispose: async () => {
      await store.close();
    },
  };
}

/** Uploads bytes as distribution-api would tell of them. */
export async function storeBlob(
  { facts, scope }: Repository,
  content: string,
): Promise<{ digest: string; size: number }> {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes);
  const { uploadId, version } = await startUpload(facts, scope, ALICE.id);
  await commitUpload(facts, scope, {
    uploadId,
    imageId: scope.imageId,
    actorId: ALICE.id,
    digest,
    claim: { version, sizeBytes: bytes.byteLength, digests: { sha256: digest } },
  });
  return { digest, size: bytes.byteLength };
}

const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** An image manifest over one config and one layer that are stored first. */
export async function imagePush(
  fixture: Repository,
  content: string,
  tag?: string,
  { layer: layerContent = `layer ${content}` } = {},
): Promise<ManifestPush & { digest: string }> {
  const config = await storeBlob(fixture, `{"config":"${content}"}`);
  const layer = await storeBlob(fixture, layerContent);
  return pushOf(fixture, IMAGE_TYPE, tag, {
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  });
}

/** An image manifest over one config, which is stored first, and these layers. */
export async function layersPush(
  fixture: Repository,
  tag: string,
  layers: readonly { mediaType?: string; digest: string; size: number; urls?: string[] }[],
): Promise<ManifestPush & { digest: string }> {
  const config = await storeBlob(fixture, `{"config":"${tag}"}`);
  return pushOf(fixture, IMAGE_TYPE, tag, {
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer })),
  });
}

/** An index over manifests. */
export function indexPush(
  fixture: Repository,
  children: readonly (ManifestPush & { digest: string })[],
  tag?: string,
): ManifestPush & { digest: string } {
  return pushOf(fixture, INDEX_TYPE, tag, {
    manifests: children.map(({ digest, bytes }) => ({
      mediaType: IMAGE_TYPE,
      digest,
      size: bytes.byteLength,
    })),
  });
}

/** A manifest with a subject and annotations. */
export async function referrerPush(
  fixture: Repository,
  subject: ManifestPush & { digest: string },
  annotations: Record<string, string> = {},
): Promise<ManifestPush & { digest: string }> {
  const config = await storeBlob(fixture, '{}');
  return pushOf(fixture, IMAGE_TYPE, undefined, {
    config: { mediaType: 'application/vnd.example.signature', ...config },
    layers: [],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.byteLength },
    annotations,
  });
}

function pushOf(fixture: Repository, mediaType: string, tag: string | undefined, manifest: object) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest }));
  const digest = digestOf(bytes);
  return {
    scope: fixture.scope,
    reference: tag ?? digest,
    tags: [],
    mediaType,
    bytes,
    origin: ORIGIN,
    digest,
  };
}

export async function push(fixture: Fixture, request: ManifestPush): Promise<void> {
  await pushManifest(fixture.facts, request);
}

/** The digest of what a tag or digest shows; MANIFEST_UNKNOWN. */
export async function resolve({ facts, scope }: Fixture, reference: string): Promise<string> {
  return (await findManifest(facts, scope, reference)).artifact.digest;
}

/** The tags that a list shows. */
export async function tagsNow({ facts, scope }: Fixture): Promise<string[]> {
  return (await listTags(facts, scope, { limit: 100 })).tags;
}

/** The artifact as it is stored, whatever its state. */
export async function storedArtifact({ facts, scope }: Fixture, digest: string) {
  return await facts.artifacts.get(artifactId(scope.imageId, digest));
}

/** The types of the events stored so far, in order. */
export async function eventTypes(fixture: Fixture): Promise<string[]> {
  return (await storedEvents(fixture)).map(({ type }) => type.replace('berth.', ''));
}

export async function storedEvents({
  facts,
}: Fixture): Promise<{ readonly type: string; readonly data: { readonly actor: Actor } }[]> {
  const entries = await facts.store.outbox.unsent(1_000);
  return entries.map(({ payload }) => JSON.parse(payload));
}
