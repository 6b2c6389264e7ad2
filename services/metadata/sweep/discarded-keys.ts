import { isStoreError, writePastConflicts } from '@berth/document-store';
import type { StoredKey } from '../documents/upload.ts';
import type { Facts } from '../facts.ts';
import { keysOf } from '../uploads/discard-upload.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';

export interface DiscardedKeys {
  readonly uploadId: string;
  readonly version: number;
  readonly sizeBytes: number;
  readonly keys: StoredKey[];
}

/**
 * Keys whose bytes may be deleted. Only of uploads that were discarded longer ago than a claim lasts, so that whoever wrote to them
 * has noticed; and of none that a blob names after all: a commit may have come to its end after the upload was given up. Such a
 * one is committed again.
 */
export async function listDiscardedKeys(
  facts: Facts,
  query: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: DiscardedKeys[]; next: string | null }> {
  const from = positionOf(query.after) ?? { until: facts.clock() - facts.settings.uploadLeaseMs };
  const page = await facts.uploads.page({
    index: 'byState',
    equals: { state: 'discarded' },
    range: { lte: from.until },
    limit: query.limit,
    ...(from.after !== undefined && { after: from.after }),
  });
  const blobs = await facts.blobs.getMany(page.items.map(({ digest }) => digest ?? ''));
  const items: DiscardedKeys[] = [];
  for (const [index, upload] of page.items.entries()) {
    if (blobs[index]?.uploadId === upload.id) await recommit(facts, upload);
    else {
      const { id: uploadId, version, sizeBytes } = upload;
      items.push({ uploadId, version, sizeBytes, keys: [...keysOf(upload)] });
    }
  }
  return { items, next: page.next === null ? null : `${from.until}:${page.next}` };
}

/** All pages of a listing have the range of the first. */
function positionOf(cursor: string | undefined): { readonly until: number; readonly after?: string } | null {
  const [, until, after] = /^(\d+):(.+)$/.exec(cursor ?? '') ?? [];
  return until === undefined || after === undefined ? null : { until: Number(until), after };
}

async function recommit(facts: Facts, upload: UploadDocument): Promise<void> {
  facts.logger.warn('a discarded upload is named by a blob: kept', { upload: upload.id });
  try {
    await facts.uploads.replace({ ...upload, state: 'committed', reviewAt: facts.clock() });
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}

/** Their bytes are gone: the documents go. Those that somebody changed since they were listed stay. Returns how many went. */
export async function forgetDiscardedKeys(
  facts: Facts,
  uploads: readonly { readonly uploadId: string; readonly version: number }[],
): Promise<number> {
  const removals = uploads.map(({ uploadId: id, version }) => facts.uploads.write.remove({ id, version }));
  return (await writePastConflicts(facts, removals)).length;
}
