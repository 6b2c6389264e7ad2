import { type Lifecycle, runPeriodically } from '@berth/runtime';
import { freePorts } from '../../embedded/free-port.ts';
import { askAll, askReadiness, type Part } from '../../embedded/readiness.ts';
import type { ServiceDefinition } from '../../embedded/service-table.ts';
import { startStatusListener } from '../../embedded/status-listener.ts';
import { readTlsPair } from '../../embedded/tls-pair.ts';
import { watchTlsPair } from '../../embedded/tls-watch.ts';
import { nginxConf } from '../../gateway/nginx-conf.ts';
import { openFileLimit } from '../../gateway/open-file-limit.ts';
import { findTool, NGINX } from '../../tools/find-tool.ts';
import { type Copies, findCopies } from './find-copies.ts';
import type { ReadSettings } from './settings.ts';
import { startNginx } from './start-nginx.ts';

/**
 * The gateway where services are containers of their own: nginx, with the copies that the name server knows. It asks again and
 * again, and takes copies that came and went over without cutting a request.
 */
export async function startGateway(
  life: Lifecycle,
  {
    settings,
    services,
    path,
  }: { settings: ReadSettings; services: readonly ServiceDefinition[]; path: string },
): Promise<void> {
  const { logger } = life;
  const { tls, runFolder, targets } = settings;
  const tool = await findTool(NGINX, path);
  if (tool === null) throw new Error(`no nginx from ${NGINX.leastVersion} on is on PATH`);
  const pair = tls === undefined ? null : readTlsPair(tls);
  const [status = 0, secondHop = 0] = await freePorts(2);
  let copies: Copies = await findCopies(targets, new Map());

  const confOf = (found: Copies) =>
    nginxConf({
      listen: settings.listen,
      ...(tls !== undefined && { tls }),
      runFolder,
      upstreams: Object.fromEntries(found),
      routes: services.flatMap(({ name, routes }) =>
        routes.map((route) => ({ path: route, upstream: name })),
      ),
      status: `127.0.0.1:${status}`,
      secondHop: `127.0.0.1:${secondHop}`,
      trustedProxies: settings.trustedProxies,
      nginxVersion: tool.version,
      maxOpenFiles: openFileLimit(),
    });

  const listener = await startStatusListener(status, () => askAll(partsOf(services, copies)));
  life.onShutdown('status', () => listener.close());
  const nginx = await startNginx(tool, { runFolder, conf: confOf(copies), logger });
  life.onShutdown('nginx', () => nginx.stop());
  void nginx.ended.then((reason) => {
    throw new Error(reason);
  });

  const look = async () => {
    const found = await findCopies(targets, copies);
    if (JSON.stringify([...found]) === JSON.stringify([...copies])) return;
    await nginx.reload(confOf(found));
    copies = found;
    logger.info('copies have changed', { copies: Object.fromEntries(found) });
  };
  const looking = runPeriodically({ name: 'copies', everyMs: settings.intervalMs, job: look, logger });
  life.onShutdown('copies', () => looking.stop());
  if (tls !== undefined && pair !== null)
    life.onShutdown(
      'certificate',
      watchTlsPair(tls, {
        current: pair,
        onNewPair: () => nginx.reload(confOf(copies)),
        onTrouble: (message) => logger.warn(message),
      }),
    );
  logger.info('listening', { ...settings.listen, copies: Object.fromEntries(copies) });
}

function partsOf(services: readonly ServiceDefinition[], copies: Copies): Part[] {
  return services.flatMap(({ name, isEssential }) =>
    (copies.get(name) ?? []).map((address) => {
      const colon = address.lastIndexOf(':');
      const target = {
        host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
        port: Number(address.slice(colon + 1)),
      };
      return { service: name, isEssential, check: () => askReadiness(target) };
    }),
  );
}
