import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Tool } from '../tools/find-tool.ts';
import { isAtLeast } from '../tools/version.ts';
import type { DataFolder } from './data-folder.ts';
import { writePrivateFile } from './private-file.ts';
import type { ProcessSpec } from './supervised-process.ts';

export interface NatsConfig {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly storeFolder: string;
  /** `2.9.10` */
  readonly version: string;
}

/**
 * The configuration of the embedded nats-server: loopback only, with a password, no monitoring port. The bus sends
 * events again that a sudden end may have lost, so JetStream need not flush each one.
 */
export function natsConf({ port, user, password, storeFolder, version }: NatsConfig): string {
  return [
    '# Written by deploy/embedded/nats-server.ts at every start: changes here are lost.',
    'server_name: berth',
    `listen: "127.0.0.1:${port}"`,
    'max_payload: 8388608',
    `authorization { user: ${JSON.stringify(user)}, password: ${JSON.stringify(password)} }`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeFolder)}`,
    '  max_memory_store: 67108864',
    // Not what happens to be free at the start: the streams' reservations must fit on a full disk, too.
    '  max_file_store: 2147483648',
    // Older servers flush every two minutes and do not know the option.
    ...(isAtLeast(version, '2.10.0') ? ['  sync_interval: "10s"'] : []),
    '}',
    '',
  ].join('\n');
}

/** Writes its configuration with a new password and says how to start it and how to reach it. */
export async function prepareNats(
  tool: Tool,
  folder: DataFolder,
  { port }: { readonly port: number },
): Promise<{ readonly spec: ProcessSpec; readonly urlFile: string }> {
  const configFile = join(folder.run, 'nats-server.conf');
  const urlFile = join(folder.run, 'nats-url');
  const [user, password] = ['berth', randomBytes(24).toString('hex')];
  await writePrivateFile(
    configFile,
    natsConf({ port, user, password, storeFolder: folder.nats, version: tool.version }),
  );
  await writePrivateFile(urlFile, `nats://${user}:${password}@127.0.0.1:${port}\n`);
  return {
    urlFile,
    spec: {
      name: 'nats-server',
      command: tool.path,
      args: ['--config', configFile],
      // Its messages are small and few: threads that look for work take more than they do, a third of its processor time.
      env: { GOMAXPROCS: '1', ...process.env },
      cwd: folder.run,
      stop: { signal: 'SIGTERM', timeoutMs: 1_000 },
      orphanEnd: 'now',
    },
  };
}

/** Lines of its log that a person should see. The password it warns of is one of this start's own. */
export function isNatsTrouble(line: string): boolean {
  return /\[(?:WRN|ERR|FTL)\]/.test(line) && !line.includes('Plaintext passwords detected');
}
