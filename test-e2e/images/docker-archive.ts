import { writeFile } from 'node:fs/promises';
import { tarOf } from './tar.ts';
import type { TestImage } from './test-image.ts';

/** Writes what `docker load` takes: the image under a local name. */
export async function writeDockerArchive(file: string, image: TestImage, localName: string): Promise<void> {
  const layers = image.layers.map((layer, index) => ({ path: `${index}/layer.tar`, bytes: layer.bytes }));
  const entry = { Config: 'config.json', RepoTags: [localName], Layers: layers.map(({ path }) => path) };
  const manifest = { path: 'manifest.json', bytes: Buffer.from(JSON.stringify([entry])) };
  await writeFile(file, tarOf([manifest, { path: 'config.json', bytes: image.config.bytes }, ...layers]));
}
