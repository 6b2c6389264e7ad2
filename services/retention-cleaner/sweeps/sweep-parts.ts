import type { BlobStore } from '@berth/blob-store';
import type { RpcCaller } from '@berth/bus';
import type { Clock, Logger } from '@berth/runtime';
import type { Gain } from './progress.ts';

/** What a sweep works with: metadata decides by RPC, bytes go from the blob store. */
export interface SweepParts {
  readonly caller: RpcCaller;
  readonly blobs: Pick<BlobStore, 'stat' | 'remove' | 'listUnfinished' | 'discardUnfinished'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long what a writer left beside its key stays. */
  readonly graceMs: number;
}

/** One batch that is done: what it adds, and how much there was to do, for the pace. */
export interface SweepStep {
  readonly gain: Gain;
  readonly handled: number;
  /** Whether something is done with that beginning again would not meet again. */
  readonly isProgress: boolean;
}

/** Small enough that no client waits for it. */
export const BATCH = 100;
/** What metadata may take for a batch: hundreds of reads and writes, in a database that is busy with clients. */
export const BATCH_TIME = { timeoutMs: 60_000 } as const;
