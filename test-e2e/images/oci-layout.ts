import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BlobBytes,
  descriptor,
  indexOf,
  OCI_INDEX,
  OCI_MANIFEST,
  type TestImage,
} from './test-image.ts';

/** Writes an OCI image layout with one image, or an index over several, under the tag `latest`. */
export async function writeLayout(folder: string, images: readonly TestImage[]): Promise<void> {
  const [first] = images;
  if (first === undefined) throw new Error('a layout needs an image');
  const index = images.length > 1 ? indexOf(images) : null;
  const top = index === null ? descriptor(OCI_MANIFEST, first.manifest) : descriptor(OCI_INDEX, index);
  const blobs = images.flatMap(({ layers, config, manifest }) => [...layers, config, manifest]);
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  for (const blob of index === null ? blobs : [...blobs, index]) await writeBlob(folder, blob);
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const entry = { schemaVersion: 2, manifests: [{ ...top, annotations }] };
  await writeFile(join(folder, 'index.json'), JSON.stringify(entry));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

function writeBlob(folder: string, { digest, bytes }: BlobBytes): Promise<void> {
  return writeFile(join(folder, 'blobs', ...digest.split(':')), bytes);
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a layout holds, every blob read and hashed on the way. */
export interface LayoutContent {
  /** Of the one entry of index.json. */
  readonly digest: string;
  /** Layers of each image, in the order of the index. */
  readonly layers: readonly (readonly string[])[];
}

/** Reads the one entry of a layout, or the one tagged `latest`; an Error when a blob is missing, has another size or other bytes than its digest says. */
export async function readLayout(folder: string): Promise<LayoutContent> {
  const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const isLatest = (entry: Descriptor): boolean =>
    entry.annotations?.['org.opencontainers.image.ref.name'] === 'latest';
  const top: Descriptor | undefined = manifests.length === 1 ? manifests[0] : manifests.find(isLatest);
  if (top === undefined) throw new Error(`${folder} has ${manifests.length} entries, none of them latest`);
  const layers: string[][] = [];
  const visit = async (entry: Descriptor): Promise<void> => {
    const parsed = JSON.parse((await readBlob(folder, entry)).toString('utf8'));
    for (const child of parsed.manifests ?? []) await visit(child);
    if (parsed.layers === undefined) return;
    for (const blob of [parsed.config, ...parsed.layers]) await readBlob(folder, blob);
    layers.push(parsed.layers.map((layer: Descriptor) => layer.digest));
  };
  await visit(top);
  return { digest: top.digest, layers };
}

async function readBlob(folder: string, { digest, size }: Descriptor): Promise<Buffer> {
  const bytes = await readFile(join(folder, 'blobs', ...digest.split(':')));
  const [algorithm = '', hex] = digest.split(':');
  if (bytes.length !== size || createHash(algorithm).update(bytes).digest('hex') !== hex) {
    throw new Error(`${digest} in ${folder} holds other bytes: ${bytes.length} of ${size}`);
  }
  return bytes;
}
