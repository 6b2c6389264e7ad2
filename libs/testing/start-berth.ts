import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from './temporary-folder.ts';
import { toolsEnvironment } from './tools-path.ts';
import { waitUntil } from './wait-until.ts';

export interface StartBerthOptions {
  /** Further settings, or others: `{BERTH_SCALE: 'distribution-api=2'}`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of an earlier start; default: a fresh one, removed by `stop`. */
  readonly dataFolder?: string;
  /** Another program than the embedded start of the product. */
  readonly main?: string;
  /** Default 90,000. */
  readonly timeoutMs?: number;
}

/** A process of the running product, as `run/state.json` has it. */
export interface BerthProcess {
  /** `metadata`, `auth-token`, `distribution-api`, `distribution-api-2`, `gateway`, `nats-server` */
  readonly name: string;
  readonly pid: number | null;
  readonly port: number | null;
  /** How often it ended without being asked to. */
  readonly deaths: number;
}

/** The whole product, started as `npm start` does it, on a free port of loopback. */
export interface TestBerth {
  /** Without a slash at the end: `http://127.0.0.1:23456`. */
  readonly url: string;
  /** `127.0.0.1:23456`, as docker names it. */
  readonly host: string;
  readonly adminPassword: string;
  readonly dataFolder: string;
  /** Of the embedded start itself. */
  readonly pid: number;
  /** All that it has printed so far. */
  output(): string;
  processes(): Promise<readonly BerthProcess[]>;
  /** Of one process, by name; rejects when it does not run. */
  pidOf(name: string): Promise<number>;
  /** SIGTERM; resolves with the exit code when all is down. A fresh data folder is removed. */
  stop(): Promise<number>;
  /** SIGTERM; the data stays. */
  halt(): Promise<number>;
  /** `kill -9` of the embedded start alone; the data stays. Its children end by themselves. */
  kill(): Promise<void>;
}

const MAIN = join(import.meta.dirname, '../../deploy/embedded/main.ts');

/** Resolves when the product is ready. Rejects with what it printed when it is not. */
export async function startBerth(options: StartBerthOptions = {}): Promise<TestBerth> {
  const { env = {}, main = MAIN, timeoutMs = 90_000 } = options;
  const dataFolder = options.dataFolder ?? (await temporaryFolder());
  const child = launchBerth({ main, dataFolder, env });
  const ready = await waitUntil(() => child.exitCode() !== null || READY.exec(child.output()), {
    timeoutMs,
    what: 'a ready Berth',
  }).catch((error: unknown) => error);
  if (!Array.isArray(ready)) {
    child.process.kill('SIGTERM');
    throw new Error(`Berth did not start: ${child.output()}`, { cause: ready });
  }
  const { url, processes, adminPassword } = await describe(dataFolder, env);
  const end = async () => {
    child.process.kill('SIGTERM');
    return child.exited;
  };
  return {
    url,
    host: new URL(url).host,
    adminPassword,
    dataFolder,
    pid: child.process.pid ?? 0,
    output: child.output,
    processes,
    async pidOf(name) {
      const pid = (await processes()).find((one) => one.name === name)?.pid;
      if (typeof pid !== 'number') throw new Error(`no process ${name} runs`);
      return pid;
    },
    halt: end,
    async stop() {
      const code = await end();
      if (options.dataFolder === undefined) await removeFolder(dataFolder);
      return code;
    },
    async kill() {
      child.process.kill('SIGKILL');
      await child.exited;
    },
  };
}

export interface LaunchedBerth {
  readonly process: ChildProcess;
  readonly exited: Promise<number>;
  exitCode(): number | null;
  output(): string;
}

/** Only starts the program: for tests of starts that fail. It ends with this process. */
export function launchBerth(options: {
  readonly main?: string;
  readonly dataFolder: string;
  readonly env?: Readonly<Record<string, string>>;
}): LaunchedBerth {
  const { main = MAIN, dataFolder, env = {} } = options;
  const clean = Object.entries(toolsEnvironment()).filter(
    ([name]) => name === 'BERTH_TOOLS_PATH' || !name.startsWith('BERTH_'),
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { ...Object.fromEntries(clean), BERTH_LISTEN: '127.0.0.1:0', BERTH_DATA: dataFolder, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let exitCode: number | null = null;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exited = new Promise<number>((resolve) => {
    child.once('close', (code, signal) => {
      exitCode = code ?? (signal === null ? 1 : 128);
      resolve(exitCode);
    });
  });
  return { process: child, exited, exitCode: () => exitCode, output: () => output };
}

const READY = /^Berth is ready at (\S+)$/m;

async function describe(dataFolder: string, env: Readonly<Record<string, string>>) {
  const read = async () =>
    JSON.parse(await readFile(join(dataFolder, 'run/state.json'), 'utf8')) as {
      url: string;
      adminPasswordFile: string | null;
      processes: BerthProcess[];
    };
  const { url, adminPasswordFile } = await read();
  const adminPassword =
    env.BERTH_ADMIN_PASSWORD ??
    (adminPasswordFile === null ? '' : (await readFile(adminPasswordFile, 'utf8')).trim());
  return { url, adminPassword, processes: async () => (await read()).processes };
}
