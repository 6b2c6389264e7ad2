import { loadSettings, runService } from '@berth/runtime';
import { SERVICES } from '../../embedded/service-table.ts';
import { GatewaySettings, readGatewaySettings } from './settings.ts';
import { startGateway } from './start-gateway.ts';

await runService('gateway', async (life) => {
  const names = SERVICES.map(({ name }) => name);
  const settings = readGatewaySettings(loadSettings(GatewaySettings, process.env), names);
  await startGateway(life, { settings, services: SERVICES, path: process.env.PATH ?? '' });
});
