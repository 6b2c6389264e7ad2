import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BlobStore } from '../port.ts';
import { describeGoingOn } from './going-on-contract.ts';
import { describeKeys } from './key-contract.ts';
import { describeReading } from './reading-contract.ts';
import { describeWriting } from './writing-contract.ts';

/** One store for one test. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Another copy over the same bytes, as another process would have it. */
  reopen(): Promise<BlobStore>;
  /** Gives up the bytes; throws when the driver left something open. */
  dispose(): Promise<void>;
}

/** The store of the test that is running. */
export type Subject = () => BlobStoreUnderTest;

/**
 * What every driver must do, as tests: call it inside a `describe`. `open` gives each test an empty store. Nothing in
 * it knows of files: sizes lie on both sides of S3's 5 MiB parts, states cross as JSON, and a key whose flushed bytes were
 * read in part is not written to again.
 */
export function blobStoreContract(open: () => Promise<BlobStoreUnderTest>): void {
  let current: BlobStoreUnderTest;
  const subject: Subject = () => current;

  beforeEach(async () => {
    current = await open();
  });

  afterEach(async () => {
    await current.store.close();
    await current.dispose();
  });

  describe('writing', () => describeWriting(subject));
  describe('reading', () => describeReading(subject));
  describe('going on', () => describeGoingOn(subject));
  describe('keys', () => describeKeys(subject));

  test('a store that can take bytes passes its check, also when asked many times at once', async () => {
    await expect(Promise.all(Array.from({ length: 20 }, () => current.store.check()))).resolves.toHaveLength(
      20,
    );
  });
}
