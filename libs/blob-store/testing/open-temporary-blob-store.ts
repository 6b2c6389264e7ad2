import { mkdtemp, readdir, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBlobStore } from '../open-blob-store.ts';
import type { BlobStore } from '../port.ts';
import type { BlobStoreUnderTest } from './blob-store-contract.ts';

/** A file store in a folder of its own. `dispose` removes the folder and throws when a file of it is still open. */
export async function openTemporaryBlobStore(
  options: { readonly accelPrefix?: string } = {},
): Promise<BlobStoreUnderTest & { readonly folder: string; readonly url: string }> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'berth-blobs-')));
  const url = `file:${folder}`;
  const open = (): Promise<BlobStore> => openBlobStore({ url, ...options });
  return {
    store: await open(),
    folder,
    url,
    reopen: open,
    async dispose() {
      const left = await openFilesUnder(folder);
      await rm(folder, { recursive: true, force: true });
      if (left.length > 0) {
        throw new Error(`left open: ${left.join(', ')}`);
      }
    },
  };
}

/** This process's open files in a folder, as Linux tells them; nothing elsewhere. */
async function openFilesUnder(folder: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(`${folder}/`));
}
