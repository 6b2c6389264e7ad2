import type { BlobStore } from '@berth/blob-store';
import type { EventPublisher, RpcCaller } from '@berth/bus';
import type { Clock, Logger } from '@berth/runtime';
import type { UploadSessions } from './uploads/upload-sessions.ts';

/** What the handlers work with. */
export interface Distribution {
  readonly bus: RpcCaller & EventPublisher;
  readonly blobs: BlobStore;
  readonly sessions: UploadSessions;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}
