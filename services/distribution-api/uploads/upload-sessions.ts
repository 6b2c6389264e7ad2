import type { Hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isSameUpload, type UploadRef } from './upload-ref.ts';

/** What this copy knows of an upload that it wrote to last: enough to go on without reading its bytes again. */
export interface UploadSession {
  readonly ref: UploadRef;
  /** The version of the upload document that makes this copy its writer. */
  readonly version: number;
  /** Of the claim, where one was made. */
  readonly leaseMs?: number;
  readonly key: string;
  readonly sizeBytes: number;
  readonly driverState: unknown;
  /** Something was written to the key already. */
  readonly isBegun: boolean;
  /** The running hashes of those bytes, by algorithm. */
  readonly hashes: ReadonlyMap<string, Hash>;
}

const KEPT_AT_MOST = 10_000;
const KEPT_MS = 15 * 60 * 1_000;

/**
 * The sessions of one copy while no request writes. A writer takes its session out, so that a second writer on the
 * same copy finds none and has to claim the upload like one on another copy. Nobody finds another's.
 */
export interface UploadSessions {
  take(ref: UploadRef): UploadSession | undefined;
  put(session: UploadSession): void;
}

export function createUploadSessions(): UploadSessions {
  const sessions = new LRUCache<string, UploadSession>({ max: KEPT_AT_MOST, ttl: KEPT_MS });
  return {
    take(ref) {
      const session = sessions.get(ref.uploadId);
      if (session === undefined || !isSameUpload(session.ref, ref)) return undefined;
      sessions.delete(ref.uploadId);
      return session;
    },
    put: (session) => {
      sessions.set(session.ref.uploadId, session);
    },
  };
}
