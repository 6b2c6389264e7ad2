import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GatewaySettings } from '../gateway/gateway-settings.ts';
import { nginxConf } from '../gateway/nginx-conf.ts';
import { openFileLimit } from '../gateway/open-file-limit.ts';
import type { Tool } from '../tools/find-tool.ts';
import { isAtLeast } from '../tools/version.ts';
import type { DataFolder } from './data-folder.ts';
import { writePrivateFile } from './private-file.ts';
import type { ServiceCopy } from './service-copies.ts';
import type { ServiceDefinition } from './service-table.ts';
import { reasonOf, StartError } from './start-error.ts';
import type { ProcessSpec } from './supervised-process.ts';
import type { TlsPair } from './tls-pair.ts';

const run = promisify(execFile);
/** Where distribution-api says that nginx finds blobs. */
const ACCEL_PREFIX = '/_blobs/';

/** Where nginx finds the certificate in use: a copy, so that a broken replacement never takes the gateway down. */
export function tlsCopy({ run }: Pick<DataFolder, 'run'>): {
  readonly certificateFile: string;
  readonly keyFile: string;
} {
  return { certificateFile: join(run, 'tls-certificate.pem'), keyFile: join(run, 'tls-key.pem') };
}

export async function writeTlsCopy(folder: Pick<DataFolder, 'run'>, pair: TlsPair): Promise<void> {
  const { certificateFile, keyFile } = tlsCopy(folder);
  await writePrivateFile(certificateFile, pair.certificate);
  await writePrivateFile(keyFile, pair.key);
}

/** Where the gateway finds each copy, and what it sends to which service. */
export function gatewayRouting(
  services: readonly ServiceDefinition[],
  copies: readonly ServiceCopy[],
): Pick<GatewaySettings, 'upstreams' | 'routes'> {
  const addresses = (name: string) =>
    copies.filter(({ service }) => service.name === name).map(({ port }) => `127.0.0.1:${port}`);
  return {
    upstreams: Object.fromEntries(services.map(({ name }) => [name, addresses(name)])),
    routes: services.flatMap(({ name, routes }) => routes.map((path) => ({ path, upstream: name }))),
  };
}

/** Writes and checks the configuration, and says how nginx is started. */
export async function prepareGateway(
  tool: Tool,
  folder: DataFolder,
  {
    blobFolder,
    ...settings
  }: Omit<GatewaySettings, 'blobs' | 'runFolder' | 'nginxVersion' | 'user' | 'maxOpenFiles'> & {
    readonly blobFolder?: string;
  },
): Promise<ProcessSpec> {
  const configFile = join(folder.run, 'nginx.conf');
  await rm(join(folder.run, 'tmp'), { recursive: true, force: true });
  await mkdir(join(folder.run, 'tmp'));
  const text = nginxConf({
    ...settings,
    ...(blobFolder !== undefined && { blobs: { folder: blobFolder, accelPrefix: ACCEL_PREFIX } }),
    runFolder: folder.run,
    nginxVersion: tool.version,
    maxOpenFiles: openFileLimit(),
    // nginx started by root gives its workers to another user unless told.
    ...(process.getuid?.() === 0 && { user: 'root root' }),
  });
  await writeFile(configFile, text, { mode: 0o600 });
  const knowsErrorLog = isAtLeast(tool.version, '1.19.5');
  const args = ['-p', folder.run, '-c', configFile, ...(knowsErrorLog ? ['-e', 'stderr'] : [])];
  try {
    await run(tool.path, [...args, '-t'], { cwd: folder.run });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || reasonOf(cause);
    throw new StartError('CHILD_FAILED', `nginx does not take its configuration: ${said}`, { cause });
  }
  return {
    name: 'gateway',
    command: tool.path,
    args,
    env: process.env,
    cwd: folder.run,
    stop: { signal: 'SIGQUIT', timeoutMs: 2_500 },
    orphanEnd: 'now',
  };
}

/** Lines of its log that a person should see. */
export function isNginxTrouble(line: string): boolean {
  return /\[(?:warn|error|crit|alert|emerg)\]/.test(line);
}
