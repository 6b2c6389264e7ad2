import { type Records, timestamp } from '../records.ts';
import { SWEEPS_KEPT } from './prune-sweeps.ts';

/**
 * When a sweep last succeeded, epoch milliseconds. Where none that is remembered has, when the oldest of them was made: none has succeeded
 * since; now where there was none at all.
 */
export async function lastSuccess(records: Records): Promise<number> {
  const { items } = await records.sweeps.page({ index: 'byCreated', descending: true, limit: SWEEPS_KEPT });
  const succeeded = items.find(({ state }) => state === 'succeeded');
  return Date.parse(succeeded?.finishedAt ?? items.at(-1)?.createdAt ?? timestamp(records));
}
