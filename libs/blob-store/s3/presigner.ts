import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl, S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { LRUCache } from 'lru-cache';

/** Signs a URL that reads an object of one bucket, good for nine tenths of its lifetime at least; no name of ours needs escaping. */
export type Presigner = (objectName: string, lifetimeSeconds: number) => Promise<string>;

const EXAMPLE = 'example';
/** Many who pull one image at a time get one URL, for so much of its lifetime. */
const REUSED_FOR = 0.1;
const REUSED_AT_MOST = 5_000;

/**
 * Signs by the SDK's signer alone. The SDK's own way from a command to a URL resolves the endpoint and runs all its middleware
 * each time, for seven times the work; here that is done once, for where the bucket is, and only the signature each time.
 */
export function createPresigner(client: S3Client, bucket: string, clock: () => number = Date.now): Presigner {
  const signer = new S3RequestPresigner(client.config);
  let bucketUrl: Promise<URL> | undefined;
  const locate = async (): Promise<URL> => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: EXAMPLE });
    return new URL(await getSignedUrl(client, command));
  };
  const sign = async (objectName: string, lifetimeSeconds: number): Promise<string> => {
    bucketUrl ??= locate();
    const example = await bucketUrl.catch((error) => {
      bucketUrl = undefined; // credentials may come later
      throw error;
    });
    const { protocol, hostname, port, host } = example;
    const path = example.pathname.slice(0, -EXAMPLE.length) + objectName;
    const signed = await signer.presign(
      {
        ...{ method: 'GET', protocol, hostname, path, headers: { host } },
        query: { 'response-content-type': 'application/octet-stream' },
        ...(port !== '' && { port: Number(port) }),
      },
      { expiresIn: lifetimeSeconds, signingDate: new Date(clock()) },
    );
    return `${protocol}//${host}${path}?${new URLSearchParams(signed.query as Record<string, string>)}`;
  };

  const signed = new LRUCache<string, string>({
    max: REUSED_AT_MOST,
    ...{ ttlResolution: 0, perf: { now: clock } },
  });
  return async (objectName, lifetimeSeconds) => {
    const id = `${lifetimeSeconds} ${objectName}`;
    const known = signed.get(id);
    if (known !== undefined) return known;
    const url = await sign(objectName, lifetimeSeconds);
    signed.set(id, url, { ttl: lifetimeSeconds * 1_000 * REUSED_FOR });
    return url;
  };
}
