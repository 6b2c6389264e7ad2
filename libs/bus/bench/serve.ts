/** The serving process of measure-call.ts: answers getManifest with 700 bytes, and tells its CPU time when asked. */
import { getManifest } from '@berth/contracts';
import { createMetrics, silentLogger } from '@berth/runtime';
import { connectBus } from '../index.ts';

const [, , servers = ''] = process.argv;
const bus = await connectBus({
  servers,
  service: 'metadata',
  logger: silentLogger,
  metrics: createMetrics('metadata'),
});
const answer = {
  registryId: '01j8z3k4m5n6p7q8r9s0t1v2w3',
  digest: `sha256:${'a'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  sizeBytes: 700,
  bytes: Buffer.alloc(700, 'x'),
};
bus.serve(getManifest, async () => answer);
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
