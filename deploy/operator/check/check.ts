import type { BlobStore } from '@berth/blob-store';
import type { RpcCaller } from '@berth/bus';
import { checkBlobs } from './check-blobs.ts';
import { checkFacts } from './check-facts.ts';
import { checkKeys } from './check-keys.ts';
import type { CheckOptions } from './check-options.ts';
import { createRecorder, type Recorder, type Report } from './report.ts';

/** What a check works with. */
export interface Check {
  readonly caller: RpcCaller;
  readonly blobs: BlobStore;
  readonly options: CheckOptions;
  readonly recorder: Recorder;
  /** Between a finding and the second look at it: what is under way has ended by then. */
  readonly settle: () => Promise<void>;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onProgress: (text: string) => void;
}

/**
 * Compares facts and bytes, page by page in bounded memory, while clients work. What does not agree is looked at again after a while, since
 * pushes, deletions and sweeps are under way all the time.
 */
export async function runCheck(
  parts: Pick<Check, 'caller' | 'blobs' | 'options' | 'onProgress'> & Partial<Check>,
): Promise<Report> {
  const now = parts.now ?? (() => new Date());
  const check: Check = {
    settle: () => new Promise((resolve) => setTimeout(resolve, parts.options.settleMs)),
    random: Math.random,
    recorder: createRecorder(now),
    ...{ ...parts, now },
  };
  await checkBlobs(check);
  for (const kind of ['uploads', 'links', 'artifacts', 'tags'] as const) await checkFacts(check, kind);
  await checkKeys(check);
  return check.recorder.report();
}
