import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { removeFolder } from './temporary-folder.ts';
import { toolsEnvironment } from './tools-path.ts';

/** A real nats-server with JetStream on loopback. It keeps its port and its data over `kill` and `restart`. */
export interface TestNats {
  readonly url: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly storeDir: string;
  /** Ends the server in good order (SIGTERM) and removes its data. Idempotent. */
  stop(): Promise<void>;
  /** `kill -9`; the data stays. */
  kill(): Promise<void>;
  /** Ends the server (SIGTERM, unless it is down already) and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends the server in good order; the data stays and `restart` brings it back. */
  halt(): Promise<void>;
  /** Takes the data of a server that is down away, as a lost disk does. */
  wipe(): Promise<void>;
}

export interface NatsOptions {
  /** Further lines of its configuration. */
  readonly config?: readonly string[];
}

const READY = /Server is ready/;
const LISTENING = /Listening for client connections on 127\.0\.0\.1:(\d+)/;

/** Starts nats-server, found on PATH or in the tool cache, on a free port; resolves when it takes connections. */
export async function startNats({ config = [] }: NatsOptions = {}): Promise<TestNats> {
  const storeDir = await mkdtemp(join(tmpdir(), 'berth-nats-'));
  let server = await launch(storeDir, { port: -1, config });
  const port = server.port;

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.process.exitCode !== null || server.process.signalCode !== null) return;
    const exited = once(server.process, 'exit');
    server.process.kill(signal);
    await exited;
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    get pid() {
      return server.process.pid;
    },
    kill: () => end('SIGKILL'),
    halt: () => end('SIGTERM'),
    async stop() {
      await end('SIGTERM');
      await removeFolder(storeDir);
    },
    wipe: () => removeFolder(join(storeDir, 'jetstream')),
    async restart() {
      await end('SIGTERM');
      server = await launch(storeDir, { port, config });
    },
  };
}

interface Launched {
  readonly process: ChildProcess;
  readonly port: number;
}

async function launch(
  storeDir: string,
  { port, config }: { port: number } & Required<NatsOptions>,
): Promise<Launched> {
  const configFile = join(storeDir, 'nats.conf');
  await writeFile(
    configFile,
    [
      `listen: "127.0.0.1:${port}"`,
      'max_payload: 8388608',
      `jetstream { store_dir: ${JSON.stringify(storeDir)}, max_file_store: 2147483648, max_memory_store: 268435456 }`,
      ...config,
    ].join('\n'),
  );
  const child = spawn('nats-server', ['--config', configFile], {
    env: toolsEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    let boundPort = port;
    child.once('error', (cause) => reject(new Error('nats-server cannot be started', { cause })));
    child.once('exit', (code) => {
      reject(new Error(`nats-server ended with code ${code}: ${lines.slice(-10).join('\n')}`));
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      boundPort = Number(LISTENING.exec(line)?.[1] ?? boundPort);
      if (READY.test(line)) resolve({ process: child, port: boundPort });
    });
  });
}
