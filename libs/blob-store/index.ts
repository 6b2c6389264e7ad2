export { BlobStoreError, type BlobStoreErrorCode, isBlobStoreError } from './blob-store-error.ts';
export { FileBlobStore, type FileBlobStoreOptions } from './file-blob-store.ts';
export { instrumented } from './instrumented.ts';
export { checkBlobStoreUrl, type OpenBlobStoreOptions, openBlobStore } from './open-blob-store.ts';
export type {
  BlobLocation,
  BlobStore,
  BlobWriter,
  ByteRange,
  DriverState,
  FlushedKey,
  ListedKey,
  LocateOptions,
  UnfinishedWrite,
} from './port.ts';
export type { RedirectPolicy } from './s3/redirect.ts';
