import type { SweepProgress } from '@berth/contracts';
import { unlessConflict } from '@berth/document-store';
import type { Sweep, SweepDocument } from '../documents/sweep.ts';
import { type Records, timestamp } from '../records.ts';

/** A copy that does not renew is taken for dead after so long. */
export const SWEEP_LEASE_MS = 10_000;

/** Takes the sweep that waits, or whose copy died, in hand. Null when there is none, or another copy was faster. */
export async function takeSweep(records: Records, holder: string): Promise<SweepDocument | null> {
  const { sweeps, clock } = records;
  const { items } = await sweeps.page({ index: 'byActive', equals: { isActive: true }, limit: 1 });
  const [sweep] = items;
  if (!sweep) return null;
  const now = clock();
  if (sweep.leaseUntil !== undefined && sweep.leaseUntil > now) return null;
  const at = timestamp(records);
  return await unlessConflict(
    sweeps.replace({
      ...sweep,
      ...{ state: 'running', holder, leaseUntil: now + SWEEP_LEASE_MS },
      ...{ startedAt: sweep.startedAt ?? at, updatedAt: at },
    }),
  );
}

/**
 * Says how far it has come and renews the lease. Null when it is not this copy's any more; whether somebody wants it to end
 * stands in what is returned. May be lost with the machine: the counts are then those of the last write.
 */
export async function saveProgress(
  records: Records,
  { id, holder }: SweepDocument,
  progress: SweepProgress,
): Promise<SweepDocument | null> {
  return await change(records, id, holder, {
    relaxed: true,
    fields: () => ({ progress, leaseUntil: records.clock() + SWEEP_LEASE_MS }),
  });
}

/** Lets another copy go on at once. */
export async function letGo(records: Records, sweep: SweepDocument, progress: SweepProgress): Promise<void> {
  await change(records, sweep.id, sweep.holder, {
    relaxed: true,
    fields: () => ({ progress, leaseUntil: 0 }),
  });
}

export type SweepEnd = { readonly state: 'succeeded' | 'failed' | 'cancelled'; readonly error?: string };

/** The sweep as it ended, unless another copy has it by now. */
export async function endSweep(
  records: Records,
  sweep: SweepDocument,
  end: SweepEnd & { readonly progress: SweepProgress },
): Promise<SweepDocument | null> {
  return await change(records, sweep.id, sweep.holder, {
    relaxed: false,
    fields: () => ({ ...end, finishedAt: timestamp(records) }),
    isEnd: true,
  });
}

async function change(
  records: Records,
  id: string,
  holder: string | undefined,
  how: { readonly relaxed: boolean; readonly fields: () => Partial<Sweep>; readonly isEnd?: boolean },
): Promise<SweepDocument | null> {
  for (;;) {
    const current = await records.sweeps.get(id);
    if (current === null || current.holder !== holder || current.isActive === undefined) return null;
    const changed = { ...current, ...how.fields(), updatedAt: timestamp(records) };
    const { isActive: _, holder: __, leaseUntil: ___, isCancelled: ____, ...ended } = changed;
    const written = await unlessConflict(
      records.sweeps.replace(how.isEnd === true ? ended : changed, { relaxed: how.relaxed }),
    );
    if (written !== null) return written;
  }
}
