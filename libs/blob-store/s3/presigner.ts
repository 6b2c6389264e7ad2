import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl, S3RequestPresigner } from '@aws-sdk/s3-request-presigner';

/** Signs a URL that reads an object of one bucket; no name of ours needs escaping. */
export type Presigner = (objectName: string, lifetimeSeconds: number) => Promise<string>;

const EXAMPLE = 'example';

/**
 * Signs by the SDK's signer alone. The SDK's own way from a command to a URL resolves the endpoint and runs all its middleware
 * each time, for seven times the work; here that is done once, for where the bucket is, and only the signature each time.
 */
export function createPresigner(client: S3Client, bucket: string): Presigner {
  const signer = new S3RequestPresigner(client.config);
  let bucketUrl: Promise<URL> | undefined;
  const locate = async (): Promise<URL> => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: EXAMPLE });
    return new URL(await getSignedUrl(client, command));
  };
  return async (objectName, lifetimeSeconds) => {
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
      { expiresIn: lifetimeSeconds },
    );
    return `${protocol}//${host}${path}?${new URLSearchParams(signed.query as Record<string, string>)}`;
  };
}
