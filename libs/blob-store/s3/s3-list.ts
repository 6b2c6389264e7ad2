import { isBlobKey } from '../blob-key.ts';
import type { ListedKey, UnfinishedWrite } from '../port.ts';
import type { S3Connection } from './s3-connection.ts';
import { abortMultipart } from './s3-multipart.ts';
import { listMultiparts, listObjects } from './s3-pages.ts';
import { dropTail, parseTailName, TAILS } from './s3-tails.ts';

/**
 * Every key once, by merging three lists that come in the order of keys: objects, open multipart uploads, tails. Of a
 * key without an object the size is that of its tail, or 0, since S3 does not list what parts hold.
 */
export async function* listKeys(s3: S3Connection): AsyncGenerator<ListedKey> {
  let last = '';
  for await (const listed of merge([objectKeys(s3), multipartKeys(s3), tailKeys(s3)])) {
    if (listed.key !== last) yield listed;
    last = listed.key;
  }
}

/** Open multipart uploads and tails that were begun before a time. */
export async function* listUnfinished(s3: S3Connection, before: Date): AsyncGenerator<UnfinishedWrite> {
  for await (const { key, uploadId, startedAt } of listMultiparts(s3)) {
    if (startedAt < before && isBlobKey(key)) yield { key, startedAt, handle: { uploadId } };
  }
  for await (const { key: name, modifiedAt } of listObjects(s3, { prefix: TAILS })) {
    const tail = parseTailName(name);
    if (tail !== null && modifiedAt < before)
      yield { key: tail.key, startedAt: modifiedAt, handle: { tailEnd: tail.end } };
  }
}

/** Deletes what `listUnfinished` named, and nothing else of the key. */
export async function discardUnfinished(s3: S3Connection, { key, handle }: UnfinishedWrite): Promise<void> {
  const { uploadId, tailEnd } = handle as { uploadId?: string; tailEnd?: number };
  if (uploadId !== undefined) await abortMultipart(s3, { key, uploadId });
  if (tailEnd !== undefined) await dropTail(s3, key, tailEnd);
}

async function* objectKeys(s3: S3Connection): AsyncGenerator<ListedKey> {
  for await (const object of listObjects(s3)) if (isBlobKey(object.key)) yield object;
}

async function* multipartKeys(s3: S3Connection): AsyncGenerator<ListedKey> {
  for await (const { key, startedAt } of listMultiparts(s3)) {
    if (isBlobKey(key)) yield { key, sizeBytes: 0, modifiedAt: startedAt };
  }
}

async function* tailKeys(s3: S3Connection): AsyncGenerator<ListedKey> {
  for await (const { key: name, sizeBytes, modifiedAt } of listObjects(s3, { prefix: TAILS })) {
    const tail = parseTailName(name);
    if (tail !== null) yield { key: tail.key, sizeBytes, modifiedAt };
  }
}

/** Of equal keys, that of the first list comes first. */
async function* merge(lists: readonly AsyncGenerator<ListedKey>[]): AsyncGenerator<ListedKey> {
  try {
    const heads = await Promise.all(lists.map((list) => list.next()));
    for (;;) {
      let least: number | null = null;
      for (const [index, head] of heads.entries()) {
        const best = least === null ? undefined : heads[least];
        if (!head.done && (best === undefined || best.done || head.value.key < best.value.key)) least = index;
      }
      const list = least === null ? undefined : lists[least];
      if (least === null || list === undefined) return;
      const head = heads[least];
      if (head !== undefined && !head.done) yield head.value;
      heads[least] = await list.next();
    }
  } finally {
    await Promise.all(lists.map((list) => list.return(undefined)));
  }
}
