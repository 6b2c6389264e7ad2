export type { Credentials, IssueToken } from './authenticator.ts';
export type { BlobAnswer, BlobClient } from './blobs.ts';
export type { ListingClient, PageOptions, Referrer } from './listings.ts';
export type { Manifest, ManifestClient, ManifestFacts } from './manifests.ts';
export type { BlobSource, PushBlobOptions } from './push-blob.ts';
export { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry-client.ts';
export {
  isRegistryClientError,
  type OciErrorEntry,
  RegistryClientError,
  type RegistryClientErrorCode,
} from './registry-client-error.ts';
export type { RetryOptions } from './retry.ts';
export type { Upload, UploadBody, UploadClient } from './uploads.ts';
