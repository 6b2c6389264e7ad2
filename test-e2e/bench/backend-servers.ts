import { startMongoStandIn, startS3 } from '@berth/testing';
import { ensureTools } from '../../deploy/test-runner/ensure-tools.ts';
import type { PeerStorage } from '../support/peer-registry.ts';
import { toolsEnvironment as environment } from '../support/settings.ts';
import type { Backends } from './options.ts';

/** What the targets keep their data in, beside their own folders. */
export interface BackendServers {
  readonly berthSettings: Readonly<Record<string, string>>;
  readonly peerStorage?: PeerStorage;
  stop(): Promise<void>;
}

/** For `s3`, one S3 server that all targets share, and a server for Berth's facts; both redirect downloads to S3. */
export async function startBackends(backends: Backends): Promise<BackendServers> {
  if (backends === 'embedded') return { berthSettings: {}, stop: async () => {} };
  const onProgress = (line: string) => process.stdout.write(`${line}\n`);
  await ensureTools({ env: environment, isComplete: false, onProgress });
  const [s3, mongo] = await Promise.all([startS3(), startMongoStandIn()]);
  const { AWS_ACCESS_KEY_ID: accessKey = '', AWS_SECRET_ACCESS_KEY: secretKey = '' } = s3.credentials;
  return {
    berthSettings: {
      ...s3.credentials,
      BERTH_STORAGE_URL: s3.storageUrl('berth', { publicEndpoint: `http://localhost:${s3.port}` }),
      BERTH_DATABASE_URL: mongo.url,
    },
    peerStorage: { endpoint: s3.endpoint, bucket: s3.bucket, accessKey, secretKey },
    async stop() {
      await Promise.all([s3.stop(), mongo.stop()]);
    },
  };
}
