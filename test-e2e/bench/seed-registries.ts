import { createHash } from 'node:crypto';
import { openDocumentStore, type Write } from '@berth/document-store';
import { newId, silentLogger } from '@berth/runtime';
import { artifactId, imageId, tagId } from '../../services/metadata/documents/ids.ts';
import { type Facts, openFacts } from '../../services/metadata/facts.ts';

const BATCH = 1_000;
const CREATED_BY = { id: 'bench', kind: 'service', name: 'bench' } as const;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export interface SeedCounts {
  readonly registries: number;
  readonly imagesEach: number;
  /** One more registry, whose images hold something. */
  readonly full: {
    readonly registry: string;
    readonly images: number;
    /** With a tag each. */
    readonly artifactsEach: number;
  };
}

/** `r000000`, `r000001`, …: byte order is their order. */
export function numbered(letter: string, index: number): string {
  return `${letter}${String(index).padStart(6, '0')}`;
}

/** Writes what pushes would have made straight into metadata's database, which nobody else may have open. */
export async function seedRegistries(databaseFile: string, counts: SeedCounts): Promise<void> {
  const store = await openDocumentStore({ url: `sqlite:${databaseFile}`, logger: silentLogger });
  const facts = openFacts({
    store,
    clock: Date.now,
    newId,
    logger: silentLogger,
    settings: {
      sweepQuarantineMs: 3_600_000,
      uploadTtlMs: 86_400_000,
      sweepGraceMs: 86_400_000,
      uploadLeaseMs: 30_000,
      repairAfterMs: 120_000,
      recycleBinMs: 0,
    },
  });
  let waiting: Write[] = [];
  for (const write of writesOf(facts, counts)) {
    waiting.push(write);
    if (waiting.length < BATCH) continue;
    await store.writeMany(waiting);
    waiting = [];
  }
  await store.writeMany(waiting);
  await store.close();
}

function* writesOf(facts: Facts, counts: SeedCounts): Generator<Write> {
  for (let index = 0; index < counts.registries; index += 1) {
    const name = numbered('r', index);
    const registryId = newId();
    yield registryWrite(facts, registryId, name);
    for (let image = 0; image < counts.imagesEach; image += 1)
      yield imageWrite(facts, registryId, { registry: name, image: numbered('i', image) });
  }
  const { registry, images, artifactsEach } = counts.full;
  const registryId = newId();
  yield registryWrite(facts, registryId, registry);
  for (let serial = 0; serial < images; serial += 1) {
    const image = numbered('i', serial);
    yield imageWrite(facts, registryId, { registry, image });
    for (let index = 0; index < artifactsEach; index += 1)
      yield* artifactWrites(facts, imageId(registryId, image), index);
  }
}

function registryWrite(facts: Facts, id: string, name: string): Write {
  const now = new Date().toISOString();
  return facts.registries.write.insert(id, {
    name,
    description: '',
    visibility: 'private',
    tagNaming: 'lowercase',
    allowMissingChildren: false,
    state: 'active',
    createdAt: now,
    updatedAt: now,
    createdBy: CREATED_BY,
  });
}

function imageWrite(facts: Facts, registryId: string, name: { registry: string; image: string }): Write {
  return facts.images.write.insert(imageId(registryId, name.image), {
    registryId,
    name: name.image,
    repositoryName: `${name.registry}/${name.image}`,
    createdAt: new Date().toISOString(),
    createdBy: CREATED_BY,
  });
}

function* artifactWrites(facts: Facts, image: string, index: number): Generator<Write> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, index }));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const now = new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString();
  yield facts.artifacts.write.insert(artifactId(image, digest), {
    imageId: image,
    digest,
    mediaType: MANIFEST,
    kind: 'image',
    platforms: ['linux/amd64'],
    manifestBytes: bytes.length,
    sizeBytes: bytes.length,
    references: [],
    state: 'live',
    createdAt: now,
    pushedAt: now,
    createdBy: CREATED_BY,
    bytes,
  });
  const name = numbered('t', index);
  yield facts.tags.write.insert(tagId(image, name), {
    imageId: image,
    name,
    digest,
    artifactId: artifactId(image, digest),
    createdAt: now,
    updatedAt: now,
    createdBy: CREATED_BY,
  });
}
