export { type BlobStoreUnderTest, blobStoreContract } from './blob-store-contract.ts';
export { openTemporaryBlobStore } from './open-temporary-blob-store.ts';
export { openTemporaryS3Store } from './open-temporary-s3-store.ts';
export { storeBlob } from './store-blob.ts';
