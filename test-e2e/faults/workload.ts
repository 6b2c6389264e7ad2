import { createHash, randomBytes, randomInt } from 'node:crypto';
import { createRegistryClient, isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest } from '@berth/registry-client/testing';
import type { E2eTarget } from '../support/e2e-target.ts';
import { pause } from '../support/pause.ts';

/** A push that was answered with 201: it must be there for ever after. */
export interface Acknowledged {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** sha256 of the manifest's bytes, in hex. */
  readonly bytesHash: string;
}

export interface Workload {
  readonly acknowledged: readonly Acknowledged[];
  /** Per repository, the digests that `latest` was pushed with: the last that was acknowledged, and those tried since. */
  readonly latest: ReadonlyMap<string, ReadonlySet<string>>;
  /** Answers that no crash excuses: 4xx, other bytes. */
  readonly violations: readonly string[];
  /** The first answers that a crash excuses. */
  readonly excused: readonly string[];
  readonly counts: { pushes: number; pulls: number; failures: number };
  /** Resolves when every client has ended what it was at. */
  stop(): Promise<void>;
}

/** Starts `clients` that push new images and pull old ones, one after the other, until stopped. */
export function startWorkload(target: E2eTarget, registry: string, clients: number): Workload {
  const acknowledged: Acknowledged[] = [];
  const latest = new Map<string, Set<string>>();
  const violations: string[] = [];
  const excused: string[] = [];
  const counts = { pushes: 0, pulls: 0, failures: 0 };
  let isStopped = false;

  const push = async (client: RegistryClient, repository: string, serial: number): Promise<void> => {
    const layers = Array.from({ length: randomInt(1, 4) }, () => randomBytes(randomInt(1, 300_000)));
    const manifest = buildImage({ layers });
    const bytesHash = createHash('sha256').update(manifest.bytes).digest('hex');
    const tag = `t${serial}`;
    await pushManifest(client, repository, { manifest, tag });
    acknowledged.push({ repository, tag, digest: manifest.digest, bytesHash });
    const tried = latest.get(repository) ?? new Set();
    latest.set(repository, tried.add(manifest.digest));
    await client.manifests.put(repository, 'latest', manifest);
    latest.set(repository, new Set([manifest.digest]));
    counts.pushes += 1;
  };

  const work = async (client: RegistryClient, repository: string): Promise<void> => {
    for (let serial = 0; !isStopped; serial += 1) {
      try {
        await push(client, repository, serial);
        const known = acknowledged[randomInt(acknowledged.length)];
        if (known !== undefined) await verifyImage(client, known);
        counts.pulls += 1;
      } catch (error) {
        counts.failures += 1;
        const text = `${repository} ${serial}: ${String(error)}`;
        if (!isExcused(error)) violations.push(text);
        else if (excused.length < 50) excused.push(text);
        await pause(100);
      }
    }
    await client.close();
  };

  const running = Array.from({ length: clients }, (_, index) =>
    work(clientOf(target), `${registry}/worker${index}`),
  );
  return {
    acknowledged,
    latest,
    violations,
    excused,
    counts,
    async stop() {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

/** A client that gives up at once: what is retried here would hide what was lost. */
export function clientOf({ host, username, password }: E2eTarget): RegistryClient {
  return createRegistryClient({
    url: `http://${host}`,
    credentials: { username, password },
    retry: { attempts: 1 },
  });
}

/** Pulls an image by tag as a whole: the manifest's bytes are those that were pushed, every blob has its digest. */
export async function verifyImage(client: RegistryClient, image: Acknowledged): Promise<void> {
  const { repository, tag, digest, bytesHash } = image;
  const manifest = await client.manifests.get(repository, tag);
  const hash = createHash('sha256').update(manifest.bytes).digest('hex');
  if (manifest.digest !== digest || hash !== bytesHash) {
    throw new Error(
      `${repository}:${tag} is ${manifest.digest} (${hash}), pushed was ${digest} (${bytesHash})`,
    );
  }
  await verifyBlobs(client, repository, manifest.bytes);
}

/** Reads every blob that an image manifest names; rejects when one is missing or other than its digest. */
export async function verifyBlobs(
  client: RegistryClient,
  repository: string,
  manifest: Buffer,
): Promise<void> {
  const { config, layers } = JSON.parse(manifest.toString('utf8'));
  for (const { digest, size } of [config, ...layers]) {
    const { stream } = await client.blobs.get(repository, digest);
    let sizeBytes = 0;
    for await (const chunk of stream) sizeBytes += chunk.length;
    if (sizeBytes !== size)
      throw new Error(`${digest} of ${repository} has ${sizeBytes} bytes instead of ${size}`);
  }
}

/** Not reached, cut off, or told to try again later: what a crash may do to those who are at work. A 500 is a defect. */
function isExcused(error: unknown): boolean {
  if (!isRegistryClientError(error)) {
    return /terminated|aborted|socket|ECONN|other side closed/i.test(String(error));
  }
  if (error.code === 'DIGEST_MISMATCH') return /ended|short|cut/i.test(error.message);
  return error.status === null || error.status > 500;
}
