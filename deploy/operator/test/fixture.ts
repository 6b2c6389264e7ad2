import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type BlobStore, isBlobStoreError, openBlobStore } from '@berth/blob-store';
import { storeBlob } from '@berth/blob-store/testing';
import type { RpcCaller } from '@berth/bus';
import { type RpcMethod, type RpcRequest, type RpcResponse, ServiceError } from '@berth/contracts';
import { temporaryFolder } from '@berth/testing';
import { type CheckOptions, parseCheckOptions } from '../check/check-options.ts';
import type { Finding } from '../check/report.ts';

interface Blob {
  readonly digest: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly version: number;
}

/** A Berth whose metadata knows some blobs, in the store that its services use; what a check has it do is recorded. */
export interface Fixture {
  /** Of the services. */
  readonly blobs: BlobStore;
  readonly caller: RpcCaller;
  /** What metadata would say of tags. */
  readonly tagFindings: Pick<Finding, 'problem' | 'id'>[];
  readonly givenUp: string[];
  readonly adopted: string[];
  /** Whether retention-cleaner answers. */
  isCleanerThere: boolean;
  /** Stores blobs, and has metadata know them. Returns their keys. */
  push(count: number): Promise<string[]>;
  /** The same, with other bytes than those that metadata has the digest of. */
  pushDamaged(count: number): Promise<string[]>;
  /** Stores keys that nobody knows. */
  leave(count: number): Promise<void>;
  /** Another store. */
  openOther(): Promise<BlobStore>;
  stop(): Promise<void>;
}

export async function openFixture(): Promise<Fixture> {
  const opened: BlobStore[] = [];
  const openStore = async () => {
    const fresh = await openBlobStore({ url: `file:${join(await temporaryFolder(), 'blobs')}` });
    opened.push(fresh);
    return fresh;
  };
  const blobs = await openStore();
  const known = new Map<string, Blob>();
  const store = async (count: number, damage: (bytes: Buffer) => Buffer) => {
    const keys: string[] = [];
    for (let each = 0; each < count; each++) {
      const key = `blobs/aa/blob-${known.size}`;
      const bytes = Buffer.from(`bytes of ${key}`);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      await storeBlob(blobs, key, damage(bytes));
      known.set(key, { digest, key, sizeBytes: bytes.length, version: 1 });
      keys.push(key);
    }
    return keys;
  };
  const fixture = {
    ...{ blobs, givenUp: [] as string[], adopted: [] as string[], isCleanerThere: true },
    tagFindings: [] as Pick<Finding, 'problem' | 'id'>[],
    push: (count: number) => store(count, (bytes) => bytes),
    pushDamaged: (count: number) => store(count, (bytes) => Buffer.from(bytes).reverse()),
    async leave(count: number) {
      for (let each = 0; each < count; each++)
        await storeBlob(blobs, `blobs/bb/stray-${each}`, Buffer.from('left by nobody'));
    },
    openOther: openStore,
    stop: async () => void (await Promise.all(opened.map((each) => each.close()))),
  };

  const answers: Readonly<Record<string, (request: never) => Promise<object>>> = {
    async auditFacts({ kind }: { kind: string }) {
      if (kind === 'blobs')
        return { examined: known.size, findings: [], blobs: [...known.values()], next: null };
      const findings = kind === 'tags' ? fixture.tagFindings : [];
      return {
        examined: findings.length,
        findings: findings.map((each) => ({ ...each, detail: '', isRepaired: false })),
        next: null,
      };
    },
    async describeBlob({ digest }: { digest: string }) {
      const blob = [...known.values()].find((each) => each.digest === digest) ?? null;
      return { blob, repositories: [] };
    },
    async giveUpBlob({ digest }: { digest: string }) {
      fixture.givenUp.push(digest);
      return {};
    },
    async findKeysInUse({ keys }: { keys: string[] }) {
      return { open: [], committed: keys.filter((key) => known.has(key)), discarded: [] };
    },
    async adoptOrphanedKeys({ keys }: { keys: { key: string }[] }) {
      fixture.adopted.push(...keys.map(({ key }) => key));
      return { adopted: keys.length };
    },
    async findStoredKey({ key }: { key: string }) {
      if (!fixture.isCleanerThere)
        throw new ServiceError('UNAVAILABLE', 'nobody serves retention-cleaner.findStoredKey');
      const found = await blobs.stat(key).catch((error) => {
        if (isBlobStoreError(error, 'KEY_UNKNOWN')) return null;
        throw error;
      });
      return { sizeBytes: found?.sizeBytes ?? null };
    },
  };
  const call = async <M extends RpcMethod>(method: M, request: RpcRequest<M>) =>
    (await answers[method.method]?.(request as never)) as RpcResponse<M>;
  return Object.assign(fixture, { caller: { call } });
}

/** As they are given, without waiting between two looks. */
export function optionsOf(...args: string[]): CheckOptions {
  return { ...parseCheckOptions(args), settleMs: 0 };
}
