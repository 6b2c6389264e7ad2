import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { GivenServers } from './given-servers.ts';
import { databaseUrl, type ServiceContext } from './service-environment.ts';
import type { ServiceDefinition } from './service-table.ts';
import { StartError } from './start-error.ts';

const MAIN = join(import.meta.dirname, 'given-servers-main.ts');
/** Above what each driver takes to give a server up. */
const LONGEST_MS = 40_000;

export interface CheckOptions extends Pick<ServiceContext, 'env' | 'settings' | 'folder'> {
  readonly services: readonly ServiceDefinition[];
  readonly signal: AbortSignal;
}

/**
 * Looks once at every server that was given, before a service is started that would only come back again and again. StartError
 * SERVER_REFUSED with all that is wrong.
 */
export async function checkGivenServers(options: CheckOptions): Promise<void> {
  const given = givenServers(options);
  if (given === null) return;
  const problems = await lookFromAside(given, options);
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  throw new StartError('SERVER_REFUSED', `cannot use what it was given:${list}`);
}

function givenServers({ settings, folder, services }: CheckOptions): GivenServers | null {
  const { storageUrl, natsUrl, natsCredentialsFile, natsReplicas } = settings;
  const isOnServer = settings.databaseUrl?.startsWith('mongodb') ?? false;
  if (storageUrl === undefined && natsUrl === undefined && !isOnServer) return null;
  const owners = services.filter(({ hasDatabase }) => hasDatabase && isOnServer);
  return {
    storageUrl,
    databaseUrls: owners.map(({ name }) => databaseUrl(name, { settings, folder })),
    ...(natsUrl !== undefined && {
      nats: { servers: natsUrl, credentialsFile: natsCredentialsFile, streamReplicas: natsReplicas },
    }),
  };
}

async function lookFromAside(given: GivenServers, { env, folder, signal }: CheckOptions): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: { NODE_COMPILE_CACHE: folder.cache, ...env },
    signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
    stdio: 'pipe',
  });
  // By its input: arguments are seen by every user of the machine.
  child.stdin.on('error', () => {}).end(JSON.stringify(given));
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'close').catch((cause: unknown) => {
    const message = `the given servers have not answered within ${LONGEST_MS / 1_000} s`;
    throw new StartError('SERVER_REFUSED', message, { cause });
  });
  const [output, complaints] = await outputs;
  if (code !== 0)
    throw new StartError('SERVER_REFUSED', `the given servers cannot be looked at: ${complaints}`);
  return JSON.parse(output) as string[];
}
