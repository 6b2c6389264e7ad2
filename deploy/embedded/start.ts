import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureServer } from '../tools/ensure-server.ts';
import { NATS_SERVER, NGINX } from '../tools/find-tool.ts';
import { type Children, createChildren } from './children.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { freePorts, whyNotFree } from './free-port.ts';
import { prepareGateway, tlsCopy, writeTlsCopy } from './gateway.ts';
import { startGuard } from './guard.ts';
import { prepareNats } from './nats-server.ts';
import { clientHost } from './network-address.ts';
import { askAll, askReadiness, type Part } from './readiness.ts';
import { prepareSecrets } from './secrets.ts';
import { databaseUrl, type ServiceContext, serviceEnvironment, storageUrl } from './service-environment.ts';
import type { ServiceDefinition } from './service-table.ts';
import { loadEmbeddedSettings, type Settings } from './settings.ts';
import { endStaleProcesses } from './stale-processes.ts';
import { reasonOf, StartError } from './start-error.ts';
import { createStateWriter } from './state-file.ts';
import { startStatusListener } from './status-listener.ts';
import type { SupervisedProcess } from './supervised-process.ts';
import type { Terminal } from './terminal.ts';
import { readTlsPair } from './tls-pair.ts';
import { watchTlsPair } from './tls-watch.ts';

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
  readonly adminPasswordFile: string | null;
  /** Ends everything in order; afterwards no process is left. */
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const ACCEL_PREFIX = '/_blobs/';

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
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => aborted.reject(new StartError('STOPPED', 'stopped before it was ready'));
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const started = await Promise.race([startParts(options, closers), aborted.promise]);
    return { ...started, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', onAbort);
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

async function startParts(options: StartOptions, closers: Closer[]): Promise<Omit<Running, 'stop'>> {
  const { env, services, terminal, signal } = options;
  const settings = loadEmbeddedSettings(env, services);
  const folder = await openDataFolder(settings.dataFolder);
  closers.push(() => folder.release());
  const stale = await endStaleProcesses(folder.run);
  if (stale > 0) terminal.say(`berth: ended ${stale} processes that an earlier start had left behind`);
  const listen = await chooseListen(settings);
  const ensure = { env, onProgress: (line: string) => terminal.say(`berth: ${line}`) };
  const nginx = await ensureServer(NGINX, ensure);
  const nats = settings.natsUrl === undefined ? await ensureServer(NATS_SERVER, ensure) : null;
  const secrets = await prepareSecrets(settings, folder, {
    userDatabaseFile: databaseUrl('auth-token', { settings, folder }).replace(/^sqlite:/, ''),
  });
  const copies = services.flatMap((service) =>
    Array.from({ length: settings.copies.get(service.name) ?? 1 }, (_, index) => ({
      service,
      number: index + 1,
    })),
  );
  const [natsPort = 0, statusPort = 0, ...ports] = await freePorts(copies.length + 2);
  signal.throwIfAborted();

  const scheme = settings.tls === undefined ? 'http' : 'https';
  const url = settings.publicUrl ?? `${scheme}://${clientHost(listen)}`;
  const guard = startGuard(folder.run);
  closers.push(() => guard.close());
  const writeState = createStateWriter(folder.run);
  let isReady = false;
  const { adminPasswordFile } = secrets;
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
  const children: Children = createChildren({ guard, logFolder: folder.logs, terminal, onChange: saveState });
  closers.push(() => saveState());
  const step = <T>(work: Promise<T>): Promise<T> => Promise.race([work, children.firstFailure]);

  let natsUrlFile: string | null = null;
  if (nats !== null) {
    const prepared = await prepareNats(nats, folder, { port: natsPort });
    natsUrlFile = prepared.urlFile;
    startChild(
      children.start(prepared.spec, { port: natsPort, writesOwnLog: false, isTrouble: isNatsTrouble }),
    );
    await step(waitFor('nats-server', () => accepts('127.0.0.1', natsPort), signal));
  }
  signal.throwIfAborted();

  const context: ServiceContext = { env, settings, folder, secrets, natsUrlFile };
  await mkdirFor(context, services);
  const running = copies.map(({ service, number }, index) => ({ service, number, port: ports[index] ?? 0 }));
  const serviceProcesses = running.map((copy) => startService(copy, { children, context }));
  closers.push(async () => void (await Promise.all(serviceProcesses.map((child) => child.stop()))));
  const parts: Part[] = running.map(({ service, port }) => ({
    service: service.name,
    isEssential: service.isEssential,
    check: () => askReadiness(port),
  }));
  const status = await startStatusListener(statusPort, () => askAll(parts));
  closers.push(() => status.close());

  const pair = settings.tls === undefined ? null : readTlsPair(settings.tls);
  if (pair !== null) await writeTlsCopy(folder, pair);
  const gatewaySpec = await prepareGateway(nginx, folder, {
    listen,
    ...(pair !== null && { tls: tlsCopy(folder) }),
    ...(storageFolder(context) !== null && {
      blobs: { folder: storageFolder(context) ?? '', accelPrefix: ACCEL_PREFIX },
    }),
    upstreams: Object.fromEntries(
      services.map(({ name }) => [
        name,
        running.filter(({ service }) => service.name === name).map(({ port }) => `127.0.0.1:${port}`),
      ]),
    ),
    routes: services.flatMap(({ name, routes }) => routes.map((path) => ({ path, upstream: name }))),
    status: `127.0.0.1:${statusPort}`,
    trustedProxies: settings.trustedProxies,
  });
  signal.throwIfAborted();
  const gateway = startChild(
    children.start(gatewaySpec, { port: listen.port, writesOwnLog: false, isTrouble: isNginxTrouble }),
  );
  const tlsFiles = settings.tls;
  if (tlsFiles !== undefined && pair !== null)
    closers.push(
      watchTlsPair(tlsFiles, {
        current: pair,
        async onNewPair(fresh) {
          await writeTlsCopy(folder, fresh);
          gateway.signal('SIGHUP');
          terminal.say('berth: the gateway takes the new certificate');
        },
        onTrouble: (message) => terminal.complain('berth', `berth: ${message}`),
      }),
    );
  await step(waitFor('the gateway', () => accepts(listen.host, listen.port), signal));
  await step(waitReady(parts, signal));
  children.settle();
  isReady = true;
  await saveState();
  return { url, dataFolder: folder.root, adminPasswordFile };

  function startChild(child: SupervisedProcess): SupervisedProcess {
    closers.push(() => child.stop());
    return child;
  }
}

interface Copy {
  readonly service: ServiceDefinition;
  readonly number: number;
  readonly port: number;
}

function startService(
  { service, number, port }: Copy,
  { children, context }: { readonly children: Children; readonly context: ServiceContext },
): SupervisedProcess {
  const name = number === 1 ? service.name : `${service.name}-${number}`;
  const logFile = join(context.folder.logs, `${name}.log`);
  return children.start(
    {
      name,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', ...service.nodeFlags, service.main],
      env: serviceEnvironment(service, { port, logFile }, context),
      cwd: context.folder.run,
      stop: { signal: 'SIGTERM', timeoutMs: 5_500 },
      orphanEnd: 'later',
    },
    { port, writesOwnLog: true },
  );
}

/** The address to listen on, a free port where 0 was asked for. StartError ADDRESS_IN_USE or ADDRESS_UNUSABLE. */
async function chooseListen({ listen }: Settings): Promise<Settings['listen']> {
  if (listen.port === 0) {
    const [port = 0] = await freePorts(1);
    return { host: listen.host, port };
  }
  const why = await whyNotFree(listen.host, listen.port);
  const address = `${listen.host}:${listen.port}`;
  if (why === 'EADDRINUSE')
    throw new StartError(
      'ADDRESS_IN_USE',
      `${address} is in use by another program; stop it or set BERTH_LISTEN`,
    );
  if (why !== null)
    throw new StartError('ADDRESS_UNUSABLE', `${address} cannot be listened on (${why}); set BERTH_LISTEN`);
  return listen;
}

async function mkdirFor(context: ServiceContext, services: readonly ServiceDefinition[]): Promise<void> {
  for (const { name, hasDatabase } of services) {
    if (!hasDatabase) continue;
    const folder = join(databaseUrl(name, context).replace(/^sqlite:/, ''), '..');
    if (!existsSync(folder)) await mkdir(folder, { recursive: true, mode: 0o750 });
  }
}

function storageFolder(context: ServiceContext): string | null {
  const url = storageUrl(context);
  return url.startsWith('file:') ? fileURLToPath(url) : null;
}

async function waitReady(parts: readonly Part[], signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const { isComplete, checks } = await askAll(parts);
    if (isComplete) return;
    signal.throwIfAborted();
    if (performance.now() > until) {
      const missing = Object.entries(checks).filter(([, state]) => state !== 'ok');
      const list = missing.map(([name, state]) => `${name} (${state})`).join(', ');
      throw new StartError('NOT_READY', `not ready within ${READY_MS / 1_000} s: ${list}`);
    }
    await pause(50, undefined, { signal });
  }
}

async function waitFor(what: string, check: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_MS;
  while (!(await check())) {
    signal.throwIfAborted();
    if (performance.now() > until)
      throw new StartError('NOT_READY', `${what} takes no connections within ${READY_MS / 1_000} s`);
    await pause(20, undefined, { signal });
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new Promise((resolve) => {
    const socket = connect(port, target);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const isNatsTrouble = (line: string) => /\[(?:WRN|ERR|FTL)\]/.test(line);
const isNginxTrouble = (line: string) => /\[(?:warn|error|crit|alert|emerg)\]/.test(line);
