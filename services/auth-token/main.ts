import { runService } from '@berth/runtime';
import { readSettings } from './config.ts';
import { startAuthToken } from './service.ts';

await runService('auth-token', async (life) => {
  await startAuthToken(life, { settings: readSettings() });
});
