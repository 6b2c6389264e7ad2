import { runService } from '@berth/runtime';
import { startDistributionApi } from './service.ts';

await runService('distribution-api', async (life) => {
  await startDistributionApi(life);
});
