import type { CleanupCounts } from '@berth/contracts';

export const NO_COUNTS: CleanupCounts = {
  ...{ images: 0, imagesDone: 0, imagesAwaiting: 0, imagesFailed: 0 },
  ...{ artifacts: 0, kept: 0, deleted: 0, keptSince: 0 },
};

export function sumOf(a: CleanupCounts, b: CleanupCounts): CleanupCounts {
  return {
    images: a.images + b.images,
    imagesDone: a.imagesDone + b.imagesDone,
    imagesAwaiting: a.imagesAwaiting + b.imagesAwaiting,
    imagesFailed: a.imagesFailed + b.imagesFailed,
    artifacts: a.artifacts + b.artifacts,
    kept: a.kept + b.kept,
    deleted: a.deleted + b.deleted,
    keptSince: a.keptSince + b.keptSince,
  };
}
