import { runService } from '@berth/runtime';
import { readSettings } from './config.ts';
import { startRetentionCleaner } from './service.ts';

await runService('retention-cleaner', async (life) => {
  await startRetentionCleaner(life, { settings: readSettings() });
});
