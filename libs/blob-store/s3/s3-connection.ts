import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { BlobStoreError } from '../blob-store-error.ts';
import { createPresigner } from './presigner.ts';
import { retryConflicts } from './retry-conflicts.ts';
import { s3Error } from './s3-error.ts';
import type { S3Place } from './s3-url.ts';

/** How long to wait for S3; milliseconds. */
export interface S3Patience {
  readonly connectMs: number;
  /** For an answer to one attempt, besides the time that its body takes at 256 KiB/s. */
  readonly answerMs: number;
  /** Without a byte on a connection. */
  readonly idleMs: number;
  /** For a call with all its attempts, besides the time for the body of each. */
  readonly totalMs: number;
  readonly attempts: number;
}

export const DEFAULT_PATIENCE: S3Patience = {
  connectMs: 3_000,
  answerMs: 20_000,
  idleMs: 60_000,
  totalMs: 60_000,
  attempts: 5,
};

/** What a call is for, in its errors, and how long it may take. */
export interface S3CallInfo {
  /** A verb: `stat`, `write`. */
  readonly doing: string;
  readonly key: string;
  /** Sent with it, or copied by S3. */
  readonly bodyBytes?: number;
  /** Of one attempt, where S3 has more to do than to answer. */
  readonly workMs?: number;
  readonly signal?: AbortSignal | undefined;
}

interface SendOptions {
  readonly abortSignal: AbortSignal;
  readonly requestTimeout: number;
}

/** One bucket, through the SDK: retries with growing pauses, time-outs on every call, errors of the port. */
export interface S3Connection {
  readonly bucket: string;
  /** `S3 (bucket "berth" at https://s3.example.com)`: for messages. */
  readonly where: string;
  /** `CRC32` where the server keeps checksums. */
  readonly checksumAlgorithm: 'CRC32' | undefined;
  /** `ENABLED` where the server keeps checksums: what is read whole is checked against them. */
  readonly checksumMode: 'ENABLED' | undefined;
  /** The name of a key in the bucket. */
  objectName(key: string): string;
  /** The other way round; null for what is not below the prefix. */
  keyOf(objectName: string): string | null;
  /** Rejects with a BlobStoreError whose cause is the SDK's. */
  call<Output>(
    info: S3CallInfo,
    send: (client: S3Client, options: SendOptions) => Promise<Output>,
  ): Promise<Output>;
  /** A URL that reads the object without further credentials for `lifetimeSeconds`. */
  presign(key: string, options: { readonly lifetimeSeconds: number }): Promise<string>;
  close(): void;
}

const BYTES_PER_SECOND = 256 * 1024;
const MOST_SOCKETS = 1_024;

/** Opens nothing: the first call connects. Credentials come by the SDK's chain. */
export function connectS3(place: S3Place, patience: S3Patience = DEFAULT_PATIENCE): S3Connection {
  const client = new S3Client(configOf(place, place.endpoint, patience));
  const publicClient =
    place.publicEndpoint === undefined
      ? client
      : new S3Client(configOf(place, place.publicEndpoint, patience));
  retryConflicts(client);
  const { bucket, prefix } = place;
  const objectName = (key: string) => prefix + key;
  const where = `S3 (bucket "${bucket}" at ${place.endpoint ?? 'AWS'})`;
  const signUrl = createPresigner(publicClient, bucket);

  return {
    bucket,
    where,
    checksumAlgorithm: place.hasChecksums ? 'CRC32' : undefined,
    checksumMode: place.hasChecksums ? 'ENABLED' : undefined,
    objectName,
    keyOf: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : null),
    async call({ doing, key, bodyBytes = 0, workMs = 0, signal }, send) {
      const moreMs = workMs + (bodyBytes / BYTES_PER_SECOND) * 1_000;
      const requestTimeout = Math.ceil(patience.answerMs + moreMs);
      const totalMs = patience.totalMs + moreMs * patience.attempts;
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), totalMs);
      const abortSignal = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal;
      try {
        return await send(client, { abortSignal, requestTimeout });
      } catch (error) {
        if (deadline.signal.aborted) {
          const what = `cannot ${doing} blob ${key}: ${where} has not answered for ${Math.round(totalMs / 1_000)} s`;
          throw new BlobStoreError('UNAVAILABLE', what, { cause: error });
        }
        throw s3Error(error, { doing, key, where });
      } finally {
        clearTimeout(timer);
      }
    },
    async presign(key, { lifetimeSeconds }) {
      try {
        return await signUrl(objectName(key), lifetimeSeconds);
      } catch (error) {
        throw s3Error(error, { doing: 'sign a URL for', key, where });
      }
    },
    close() {
      client.destroy();
      publicClient.destroy();
    },
  };
}

function configOf(place: S3Place, endpoint: string | undefined, patience: S3Patience): S3ClientConfig {
  // A server of one's own seldom has regions; for AWS the SDK finds it (AWS_REGION, the profile).
  const region = place.region ?? (place.endpoint === undefined ? undefined : 'us-east-1');
  const agent = { keepAlive: true, maxSockets: MOST_SOCKETS };
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: place.isPathStyle,
    requestChecksumCalculation: place.hasChecksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED',
    // Asked for where an object is read whole: servers differ in what they answer for a range.
    responseChecksumValidation: 'WHEN_REQUIRED',
    retryMode: 'standard',
    maxAttempts: patience.attempts,
    // With the header the SDK opens a connection for each part.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: patience.connectMs,
      requestTimeout: patience.answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: patience.idleMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}
