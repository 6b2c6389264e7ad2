import { runService } from '@berth/runtime';
import { startMetadata } from './service.ts';

await runService('metadata', startMetadata);
