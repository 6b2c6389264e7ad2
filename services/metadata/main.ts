import { runService } from '@berth/runtime';
import { readSettings } from './config.ts';
import { startMetadata } from './service.ts';

await runService('metadata', async (life) => {
  await startMetadata(life, { settings: readSettings() });
});
