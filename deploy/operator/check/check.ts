import type { BlobStore } from '@berth/blob-store';
import type { RpcCaller } from '@berth/bus';
import { OperatorError } from '../operator-error.ts';
import { checkBlobs } from './check-blobs.ts';
import { checkFacts } from './check-facts.ts';
import { checkKeys } from './check-keys.ts';
import type { CheckOptions } from './check-options.ts';
import { createPace, type Pace } from './pace.ts';
import { createRepairBounds, type RepairBounds } from './repair-bounds.ts';
import { createRecorder, type Recorder, type Report } from './report.ts';
import { findStoreDifference } from './same-store.ts';

/** What a check works with. */
export interface Check {
  readonly caller: RpcCaller;
  readonly blobs: BlobStore;
  /** Where that is, in words for messages. */
  readonly storage: string;
  readonly options: CheckOptions;
  readonly recorder: Recorder;
  /** How much is given up at most; null where nothing is mended. */
  readonly bounds: RepairBounds | null;
  /** Between a finding and the second look at it: what is under way has ended by then. */
  readonly settle: () => Promise<void>;
  /** Of the bytes that are read. */
  readonly pace: Pace;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onProgress: (text: string) => void;
}

/**
 * Compares facts and bytes, page by page in bounded memory, while clients work. What does not agree is looked at again after a while, since
 * pushes, deletions and sweeps are under way all the time. A repair looks at everything first, and mends nothing where that would give up
 * too much, or where the services keep their bytes elsewhere: OperatorError.
 */
export async function runCheck(
  parts: Pick<Check, 'caller' | 'blobs' | 'storage' | 'options' | 'onProgress'> & Partial<Check>,
): Promise<Report> {
  const now = parts.now ?? (() => new Date());
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const { settleMs, bytesPerSecond } = parts.options;
  const check: Check = {
    settle: () => wait(settleMs),
    pace: createPace({ bytesPerSecond, now: () => performance.now(), wait }),
    random: Math.random,
    recorder: createRecorder(now),
    bounds: null,
    ...{ ...parts, now },
  };
  const difference = await findStoreDifference(check);
  if (!check.options.repair) {
    if (difference !== null) check.recorder.warn(difference);
    await checkAll(check);
  } else {
    if (difference !== null) throw new OperatorError(`${difference}; nothing is repaired`);
    await checkAll({ ...check, bounds: await boundsOf(check) });
  }
  return check.recorder.report();
}

async function checkAll(check: Check): Promise<void> {
  await checkBlobs(check);
  for (const kind of ['uploads', 'links', 'artifacts', 'tags'] as const) await checkFacts(check, kind);
  await checkKeys(check);
}

/** What a repair may give up, of what a look at everything found: OperatorError where that is more already. */
async function boundsOf(check: Check): Promise<RepairBounds> {
  const recorder = createRecorder(check.now);
  await checkAll({ ...check, recorder, options: { ...check.options, repair: false, hashedShare: 0 } });
  const { examined, found } = recorder;
  const bounds = createRepairBounds(examined, check.options.repairShare);
  bounds.require('blobs', (found.missing ?? 0) + (found.wrongSize ?? 0));
  bounds.require('keys', found.orphaned ?? 0);
  bounds.require('tags', found.danglingTag ?? 0);
  return bounds;
}
