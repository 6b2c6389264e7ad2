import { isBlobStoreError } from '@berth/blob-store';
import { adoptOrphanedKeys, findKeysInUse } from '@berth/contracts';
import type { Check } from './check.ts';
import { PAGE } from './check-facts.ts';

interface Key {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Each key of the blob store stands in an upload. */
export async function checkKeys(check: Check): Promise<void> {
  let batch: Key[] = [];
  for await (const { key, sizeBytes } of check.blobs.list()) {
    batch.push({ key, sizeBytes });
    if (batch.length < PAGE) continue;
    await checkBatch(check, batch);
    batch = [];
  }
  await checkBatch(check, batch);
}

async function checkBatch(check: Check, batch: readonly Key[]): Promise<void> {
  if (batch.length === 0) return;
  check.recorder.count('keys', batch.length);
  const suspects = await unknownOf(check, batch);
  if (suspects.length > 0) {
    await check.settle();
    const orphans: Key[] = [];
    for (const suspect of await unknownOf(check, suspects)) {
      if (await isThere(check, suspect.key)) orphans.push(suspect);
    }
    await report(check, orphans);
  }
  check.onProgress(`keys: ${check.recorder.examined.keys ?? 0}`);
}

async function unknownOf({ caller }: Check, keys: readonly Key[]): Promise<Key[]> {
  const { open, committed, discarded } = await caller.call(findKeysInUse, {
    keys: keys.map(({ key }) => key),
  });
  const known = new Set([...open, ...committed, ...discarded]);
  return keys.filter(({ key }) => !known.has(key));
}

/** The sweep may have deleted it since it was listed. */
async function isThere({ blobs }: Check, key: string): Promise<boolean> {
  try {
    await blobs.stat(key);
    return true;
  } catch (error) {
    if (isBlobStoreError(error, 'KEY_UNKNOWN')) return false;
    throw error;
  }
}

async function report({ caller, options, recorder, bounds }: Check, orphans: readonly Key[]): Promise<void> {
  if (orphans.length === 0) return;
  const isRepaired = options.repair;
  if (isRepaired) {
    bounds?.spend('keys', orphans.length);
    await caller.call(adoptOrphanedKeys, { keys: [...orphans] });
  }
  for (const { key, sizeBytes } of orphans) {
    const detail = `${sizeBytes} bytes that no upload knows${isRepaired ? ': the next sweep deletes them' : ''}`;
    recorder.add({ problem: 'orphaned', id: key, detail, repositories: [], isRepaired });
  }
}
