import { runEmbedded } from './run-embedded.ts';
import { SERVICES } from './service-table.ts';

await runEmbedded(SERVICES);
