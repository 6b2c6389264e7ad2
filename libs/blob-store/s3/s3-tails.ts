import { isBlobKey } from '../blob-key.ts';
import { isBlobStoreError } from '../blob-store-error.ts';
import type { S3Connection } from './s3-connection.ts';
import { removeObject } from './s3-objects.ts';
import { listObjects } from './s3-pages.ts';

/** Below it are the bytes of open uploads that are less than a part. Keys never begin with a dot. */
export const TAILS = '.tails/';
/** Sorts before whatever a key may go on with, so that tails come in the order of their keys. */
const END = '!';
const TAIL = /^\.tails\/(.+)!(\d+)$/;

/** The object of the bytes that end at `end` and are less than a part. Under one name there are ever the same bytes. */
export function tailName(key: string, end: number): string {
  return `${TAILS}${key}${END}${end}`;
}

/** Whose tail it is; null for what is none. */
export function parseTailName(name: string): { readonly key: string; readonly end: number } | null {
  const [, key = '', end = ''] = TAIL.exec(name) ?? [];
  return isBlobKey(key) ? { key, end: Number(end) } : null;
}

/** Deletes a tail that nobody needs; not now when S3 is away. */
export async function dropTail(s3: S3Connection, key: string, end: number): Promise<void> {
  try {
    await removeObject(s3, tailName(key, end), key);
  } catch (error) {
    if (!isBlobStoreError(error, 'UNAVAILABLE')) throw error;
  }
}

/** Deletes all tails of a key, those included that no state names. */
export async function removeAllTails(s3: S3Connection, key: string): Promise<void> {
  const prefix = tailName(key, 0).slice(0, -1);
  for await (const { key: name } of listObjects(s3, { prefix, doing: 'remove', about: key })) {
    await removeObject(s3, name, key);
  }
}
