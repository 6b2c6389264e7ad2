import type { Digest } from '@berth/oci';
import type { RegistryClient } from '@berth/registry-client';
import type { BlobPlaces } from './blob-places.ts';
import type { OpenUploads } from './open-uploads.ts';
import type { Pace } from './pace.ts';

/** Where something is copied from or to: one repository of one registry. */
export interface CopySide {
  readonly client: RegistryClient;
  readonly repository: string;
}

export interface CopyParts {
  readonly source: CopySide;
  readonly destination: CopySide;
  /** Of the bytes of blobs. */
  readonly pace?: Pace | undefined;
  readonly signal: AbortSignal;
  readonly places: BlobPlaces;
  readonly uploads: OpenUploads;
  /** Awaited before a tag is set to this digest at the destination. */
  readonly beforeTag?: ((digest: Digest) => Promise<void>) | undefined;
  /** Whether a tag that is something else at the destination is replaced. */
  readonly overwrites: boolean;
  /** Told why something attached was left as it is at the destination. */
  readonly onLeft: (reason: string) => void;
  /** Told of bytes as they are sent, and of those that were there. */
  readonly onBytes: (bytes: { readonly copied?: number; readonly skipped?: number }) => void;
}
