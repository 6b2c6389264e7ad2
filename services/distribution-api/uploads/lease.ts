import { isServiceError, releaseUpload, renewUpload } from '@berth/contracts';
import type { Distribution } from '../distribution.ts';
import type { UploadRef } from './upload-ref.ts';

/** What makes a request the only writer of an upload. */
export interface Claimed {
  readonly ref: UploadRef;
  readonly version: number;
  /** For how long the claim holds without being renewed; none was made where nothing is recorded yet. */
  readonly leaseMs?: number;
}

export interface Work {
  /** Bytes moved so far: the claim is renewed only while they grow, so that who stands still loses it. */
  progress(): number;
  /** The claim was lost: what is done is done for nothing. */
  stop(error: Error): void;
}

/** A claim while its holder is at work. */
export interface Lease {
  /** From then on the claim is renewed. */
  watch(work: Work): void;
  /** True once after each renewal: time to record how far it came. */
  isCheckpointDue(): boolean;
  /** Makes another version the claim, no renewal being under way. */
  exchange(change: (version: number) => Promise<number>): Promise<void>;
}

const RENEW_MS = 10_000;
/** So often within a lease. */
const RENEWALS = 3;

/**
 * Does the work with the claim renewed, and says by which version it is held at the end. When the work fails the claim is given back, so that
 * nobody has to wait for its lease; when it was lost meanwhile, that is the error (ServiceError UPLOAD_RANGE).
 */
export async function withLease<T>(
  distribution: Distribution,
  claimed: Claimed,
  work: (lease: Lease) => Promise<T>,
): Promise<T & { readonly version: number }> {
  const { lease, end } = keepLease(distribution, claimed);
  try {
    const result = await work(lease);
    return { ...result, version: await end() };
  } catch (error) {
    throw (await giveBack(distribution, claimed.ref, end)) ?? error;
  }
}

function keepLease(distribution: Distribution, claimed: Claimed) {
  const { ref, leaseMs = RENEW_MS * RENEWALS } = claimed;
  let { version } = claimed;
  let work: Work | undefined;
  let seen = -1;
  let isDue = false;
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(
    () => {
      renewal = renewal.then(renew);
      renewal.catch((error: unknown) => {
        clearInterval(timer);
        work?.stop(error instanceof Error ? error : new Error(String(error)));
      });
    },
    Math.min(RENEW_MS, leaseMs / RENEWALS),
  );

  async function renew(): Promise<void> {
    const now = work?.progress() ?? 0;
    if (now === seen) return;
    seen = now;
    ({ version } = await distribution.bus.call(renewUpload, { ...ref, version }));
    isDue = true;
  }

  const lease: Lease = {
    watch: (begun) => {
      work = begun;
    },
    isCheckpointDue() {
      const was = isDue;
      isDue = false;
      return was;
    },
    async exchange(change) {
      renewal = renewal.then(async () => {
        version = await change(version);
      });
      await renewal;
    },
  };
  return {
    lease,
    /** Stops renewing. Rejects when the claim was lost. */
    async end() {
      clearInterval(timer);
      await renewal;
      return version;
    },
  };
}

/** What says that the claim was lost, if it was. */
async function giveBack(
  { bus, logger }: Distribution,
  ref: UploadRef,
  end: () => Promise<number>,
): Promise<unknown> {
  try {
    await bus.call(releaseUpload, { ...ref, version: await end() });
  } catch (error) {
    if (isServiceError(error, 'UPLOAD_RANGE')) return error;
    logger.debug('the claim of an upload ends by its lease', { uploadId: ref.uploadId, error });
  }
  return undefined;
}
