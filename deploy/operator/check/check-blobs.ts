import { createHash } from 'node:crypto';
import { isBlobStoreError } from '@berth/blob-store';
import { auditFacts, describeBlob, giveUpBlob, isServiceError } from '@berth/contracts';
import type { Check } from './check.ts';
import { confirm, PAGE } from './check-facts.ts';
import { requireSameSize } from './same-store.ts';

interface StoredBlob {
  readonly digest: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly version: number;
}

interface Trouble {
  readonly problem: 'missing' | 'wrongSize' | 'wrongDigest';
  readonly detail: string;
}

const AT_ONCE = 8;

/** Each blob has its bytes, as many as it says and, as far as they are read, with its digest. */
export async function checkBlobs(check: Check): Promise<void> {
  let after: string | undefined;
  do {
    const query = {
      kind: 'blobs',
      limit: PAGE,
      repair: false,
      ...(after !== undefined && { after }),
    } as const;
    const page = await check.caller.call(auditFacts, query);
    check.recorder.count('blobs', page.examined);
    await confirm(check, 'blobs', page.findings);
    await compareAll(check, page.blobs ?? []);
    check.onProgress(`blobs: ${check.recorder.examined.blobs ?? 0}`);
    after = page.next ?? undefined;
  } while (after !== undefined);
}

async function compareAll(check: Check, blobs: readonly StoredBlob[]): Promise<void> {
  const waiting = [...blobs];
  const suspects: StoredBlob[] = [];
  const work = async (): Promise<void> => {
    for (let blob = waiting.shift(); blob; blob = waiting.shift()) {
      const isHashed = check.random() < check.options.hashedShare;
      if ((await compare(check, blob, isHashed)) !== null) suspects.push(blob);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (suspects.length === 0) return;
  await check.settle();
  for (const { digest } of suspects) await lookAgain(check, digest);
}

async function compare(check: Check, blob: StoredBlob, isHashed: boolean): Promise<Trouble | null> {
  const { key, sizeBytes, digest } = blob;
  try {
    const stored = await check.blobs.stat(key);
    if (stored.sizeBytes !== sizeBytes)
      return { problem: 'wrongSize', detail: `key ${key} has ${stored.sizeBytes} bytes, not ${sizeBytes}` };
    if (!isHashed) return null;
    const actual = await digestOfKey(check, blob);
    check.recorder.count('blobs hashed');
    return actual === digest ? null : { problem: 'wrongDigest', detail: `key ${key} holds ${actual}` };
  } catch (error) {
    if (!isBlobStoreError(error, 'KEY_UNKNOWN')) throw error;
    return { problem: 'missing', detail: `key ${key} is not in the blob store` };
  }
}

async function digestOfKey({ blobs, pace }: Check, { key, digest }: StoredBlob): Promise<string> {
  const [algorithm = 'sha256'] = digest.split(':', 1);
  const hash = createHash(algorithm);
  for await (const chunk of await blobs.read(key)) {
    hash.update(chunk);
    await pace.take(chunk.length);
  }
  return `${algorithm}:${hash.digest('hex')}`;
}

/** As the blob stands now: it may have been swept, or stored anew under another key. */
async function lookAgain(check: Check, digest: string): Promise<void> {
  const { blob, repositories } = await check.caller.call(describeBlob, { digest });
  if (blob === null) return;
  const trouble = await compare(check, { digest, ...blob }, check.options.hashedShare > 0);
  if (trouble === null) return;
  if (check.options.repair && !(await giveUp(check, { digest, ...blob }))) return;
  // Given up, it is stored anew by the next push; until then its images are not whole, and are named as such.
  check.recorder.add({ ...trouble, id: digest, repositories, isRepaired: check.options.repair });
}

/**
 * False when somebody changed it meanwhile. Its bytes are deleted by the next sweep: OperatorError where the services see others than this
 * check, or where that is too many.
 */
async function giveUp(
  check: Check,
  { digest, key, version }: { digest: string; key: string; version: number },
): Promise<boolean> {
  const { caller, bounds } = check;
  await requireSameSize(check, key);
  bounds?.spend('blobs', 1);
  try {
    await caller.call(giveUpBlob, { digest, version });
    return true;
  } catch (error) {
    if (isServiceError(error, 'VERSION_CONFLICT')) return false;
    throw error;
  }
}
