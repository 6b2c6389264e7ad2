import type { Facts } from '../facts.ts';
import { keysOf } from '../uploads/discard-upload.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';
import { leftBehindId } from './left-behind.ts';

export interface KeysInUse {
  readonly open: string[];
  readonly committed: string[];
  readonly discarded: string[];
}

/** In which state the uploads are that have these keys; a key that none has is in no list. */
export async function findKeysInUse(facts: Facts, keys: readonly string[]): Promise<KeysInUse> {
  const ids = [...new Set(keys.map(uploadIdOf))];
  const all = [...ids.flatMap((id) => [id, leftBehindId(id)]), ...keys.map(orphanId)];
  const uploads = await facts.uploads.getMany(all);
  const stateOf = new Map<string, UploadDocument['state']>();
  for (const upload of uploads) {
    if (upload) for (const { key } of keysOf(upload)) stateOf.set(key, upload.state);
  }
  const found: KeysInUse = { open: [], committed: [], discarded: [] };
  for (const key of new Set(keys)) {
    const state = stateOf.get(key);
    if (state !== undefined) found[state].push(key);
  }
  return found;
}

/** The id of the upload that adopts a key which no upload had. */
export const orphanId = (key: string): string => `orphan:${key}`;

/** `blobs/<two hex>/<upload id>`, or `….<n>` for the key of a take-over. */
function uploadIdOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.\d+$/, '');
}
