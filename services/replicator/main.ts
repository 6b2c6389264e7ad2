import { runService } from '@berth/runtime';
import { readSettings } from './config.ts';
import { startReplicator } from './service.ts';

await runService('replicator', async (life) => {
  await startReplicator(life, { settings: readSettings() });
});
