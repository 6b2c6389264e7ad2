import { fileURLToPath } from 'node:url';
import { ensureServer } from '../tools/ensure-server.ts';
import { NATS_SERVER, NGINX } from '../tools/find-tool.ts';
import { checkGivenServers } from './check-given-servers.ts';
import { type Children, createChildren } from './children.ts';
import { chooseListen } from './choose-listen.ts';
import { openDataFolder } from './data-folder.ts';
import { freePorts } from './free-port.ts';
import { gatewayRouting, isNginxTrouble, prepareGateway, tlsCopy, writeTlsCopy } from './gateway.ts';
import { startGuard } from './guard.ts';
import { isNatsTrouble, prepareNats } from './nats-server.ts';
import { clientHost } from './network-address.ts';
import { askAll } from './readiness.ts';
import { noteFirstUser, prepareSecrets } from './secrets.ts';
import { partsOf, planCopies, startCopy } from './service-copies.ts';
import { type ServiceContext, storageUrl } from './service-environment.ts';
import type { ServiceDefinition } from './service-table.ts';
import { loadEmbeddedSettings } from './settings.ts';
import { endStaleProcesses } from './stale-processes.ts';
import { reasonOf, StartError } from './start-error.ts';
import { createStateWriter } from './state-file.ts';
import { startStatusListener } from './status-listener.ts';
import type { Terminal } from './terminal.ts';
import { readTlsPair } from './tls-pair.ts';
import { watchTlsPair } from './tls-watch.ts';
import { waitForConnections, waitReady } from './wait-ready.ts';

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly services: readonly ServiceDefinition[];
  readonly terminal: Terminal;
  /** Aborting it before all is ready ends the start. */
  readonly signal: AbortSignal;
}

/** A Berth that answers. */
export interface Running {
  readonly url: string;
  readonly dataFolder: string;
  /** Null when the password was given. */
  readonly adminPasswordFile: string | null;
  /** Ends everything in order; afterwards no process is left. */
  stop(): Promise<void>;
}

type Closer = () => Promise<void> | void;

/**
 * Starts all of Berth on this machine: nats-server, the services, the gateway, each in its own process.
 * Rejects with SettingsError or StartError, or another Error with a message for people; then nothing is left running.
 */
export async function startEmbedded(options: StartOptions): Promise<Running> {
  const closers: Closer[] = [];
  let closed: Promise<void> | undefined;
  const stop = () => {
    closed ??= closeAll(closers, options.terminal);
    return closed;
  };
  try {
    return { ...(await startParts(options, closers)), stop };
  } catch (error) {
    await stop();
    throw options.signal.aborted ? new StartError('STOPPED', 'stopped before it was ready') : error;
  }
}

async function closeAll(closers: Closer[], terminal: Terminal): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      terminal.complain('berth', `berth: could not stop in order: ${reasonOf(error)}`);
    }
  }
}

/** Each part is preceded in `closers` by what it needs: they are closed from the end. */
async function startParts(options: StartOptions, closers: Closer[]): Promise<Omit<Running, 'stop'>> {
  const { env, services, terminal, signal } = options;
  const settings = loadEmbeddedSettings(env, services);
  const folder = await openDataFolder(settings.dataFolder);
  closers.push(() => folder.release());
  const stale = await endStaleProcesses(folder.run);
  if (stale > 0) terminal.say(`berth: ended ${stale} processes that an earlier start had left behind`);
  const listen = await chooseListen(settings.listen);
  await checkGivenServers({ env, settings, folder, services, signal });
  const ensure = { env, onProgress: (line: string) => terminal.say(`berth: ${line}`) };
  const nginx = await ensureServer(NGINX, ensure);
  const nats = settings.natsUrl === undefined ? await ensureServer(NATS_SERVER, ensure) : null;
  const secrets = await prepareSecrets(settings, folder);
  const { adminPasswordFile } = secrets;
  const url =
    settings.publicUrl ?? `${settings.tls === undefined ? 'http' : 'https'}://${clientHost(listen)}`;

  const guard = startGuard(folder.run);
  closers.push(() => guard.close());
  let isReady = false;
  const writeState = createStateWriter(folder.run);
  const saveState = () =>
    writeState({
      supervisorPid: process.pid,
      guardPid: guard.pid ?? null,
      url: isReady ? url : null,
      dataFolder: folder.root,
      adminPasswordFile,
      processes: children.states(),
    }).catch((error) =>
      terminal.complain('berth', `berth: state.json cannot be written: ${reasonOf(error)}`),
    );
  closers.push(saveState);
  const children: Children = createChildren({ guard, logFolder: folder.logs, terminal, onChange: saveState });
  /** Waits, unless a child fails meanwhile. */
  const step = <T>(work: Promise<T>): Promise<T> => Promise.race([work, children.firstFailure]);

  const scaled = [...settings.copies.values()].reduce((sum, count) => sum + count, 0);
  const ports = await freePorts(scaled + 3);
  const nextPort = () => ports.pop() ?? 0;

  let natsUrlFile: string | null = null;
  if (nats !== null) {
    const port = nextPort();
    const prepared = await prepareNats(nats, folder, { port });
    natsUrlFile = prepared.urlFile;
    signal.throwIfAborted();
    const child = children.start(prepared.spec, { port, writesOwnLog: false, isTrouble: isNatsTrouble });
    closers.push(() => child.stop());
    await step(waitForConnections('nats-server', { host: '127.0.0.1', port }, signal));
  }

  const copies = planCopies(services, settings.copies, nextPort);
  const distribution = copies.find(({ service }) => service.name === 'distribution-api');
  const distributionPort = distribution?.port ?? null;
  const context: ServiceContext = { env, settings, folder, secrets, natsUrlFile, distributionPort };
  const stoppers: Closer[] = [];
  closers.push(async () => void (await Promise.all(stoppers.map((stop) => stop()))));
  for (const copy of copies) {
    signal.throwIfAborted();
    const child = await startCopy(copy, { children, context });
    stoppers.push(() => child.stop());
  }
  const parts = partsOf(copies);
  const statusPort = nextPort();
  const status = await startStatusListener(statusPort, () => askAll(parts));
  closers.push(() => status.close());

  const pair = settings.tls === undefined ? null : readTlsPair(settings.tls);
  if (pair !== null) await writeTlsCopy(folder, pair);
  const storage = storageUrl(context);
  const spec = await prepareGateway(nginx, folder, {
    listen,
    ...(pair !== null && { tls: tlsCopy(folder) }),
    ...(storage.startsWith('file:') && { blobFolder: fileURLToPath(storage) }),
    ...gatewayRouting(services, copies),
    status: `127.0.0.1:${statusPort}`,
    secondHop: `127.0.0.1:${nextPort()}`,
    trustedProxies: settings.trustedProxies,
  });
  signal.throwIfAborted();
  const gateway = children.start(spec, { port: listen.port, writesOwnLog: false, isTrouble: isNginxTrouble });
  closers.push(() => gateway.stop());
  if (settings.tls !== undefined && pair !== null)
    closers.push(
      watchTlsPair(settings.tls, {
        current: pair,
        async onNewPair(fresh) {
          await writeTlsCopy(folder, fresh);
          gateway.signal('SIGHUP');
          terminal.say('berth: the gateway takes the new certificate');
        },
        onTrouble: (message) => terminal.complain('berth', `berth: ${message}`),
      }),
    );
  await step(waitForConnections('the gateway', listen, signal));
  await step(waitReady(parts, signal));
  children.settle();
  await noteFirstUser(folder);
  isReady = true;
  await saveState();
  return { url, dataFolder: folder.root, adminPasswordFile };
}
