import { runService } from '@berth/runtime';
import { readSettings } from './config.ts';
import { startWebhookDispatcher } from './service.ts';

await runService('webhook-dispatcher', async (life) => {
  await startWebhookDispatcher(life, { settings: readSettings() });
});
