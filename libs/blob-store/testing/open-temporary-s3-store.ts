import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestS3 } from '@berth/testing';
import { type OpenBlobStoreOptions, openBlobStore } from '../open-blob-store.ts';
import type { BlobStore } from '../port.ts';
import type { BlobStoreUnderTest } from './blob-store-contract.ts';

let count = 0;

/**
 * An S3 store below a prefix of its own; without a `folder` its objects are seen through the driver only. The credentials of the server must be in the environment. `dispose` removes
 * every key of the list and throws when something is left then: an object, a tail, an open multipart upload.
 */
export async function openTemporaryS3Store(
  s3: Pick<TestS3, 'storageUrl'> & { readonly folder?: string },
  parameters: Readonly<Record<string, string>> = {},
  options: Omit<OpenBlobStoreOptions, 'url'> = {},
): Promise<BlobStoreUnderTest & { readonly url: string }> {
  count += 1;
  const prefix = `test-${process.pid}-${Date.now()}-${count}`;
  const url = s3.storageUrl(prefix, parameters);
  const folder = s3.folder === undefined ? null : join(s3.folder, prefix);
  const open = (): Promise<BlobStore> => openBlobStore({ url, ...options });
  return {
    ...{ url, store: await open(), reopen: open },
    async dispose() {
      const store = await openBlobStore({ url: s3.storageUrl(prefix) });
      const left = await leftAfterRemoval(store, folder);
      await store.close();
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
    },
  };
}

async function leftAfterRemoval(store: BlobStore, folder: string | null): Promise<string[]> {
  for await (const { key } of store.list()) await store.remove(key);
  const entries = folder === null ? [] : await readdir(folder, { recursive: true, withFileTypes: true });
  const left = entries.filter((entry) => entry.isFile() && entry.name !== '.check').map(({ name }) => name);
  const future = new Date(Date.now() + 60_000);
  for await (const { key, handle } of store.listUnfinished({ startedBefore: future }))
    left.push(`${key} ${JSON.stringify(handle)}`);
  return left;
}
