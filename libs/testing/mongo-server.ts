import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { startMongoContainer } from './mongo-container.ts';
import { removeFolder } from './temporary-folder.ts';
import { toolsEnvironment } from './tools-path.ts';

const PROGRAM = 'mongo-stand-in';

/** A server that speaks MongoDB's protocol on loopback. */
export interface TestMongo {
  /** It names no database, or one that is only for the user. */
  readonly url: string;
  /** Ends a server that this process started, and removes its data; leaves a given one alone. Idempotent. */
  stop(): Promise<void>;
}

/** One that this process started by itself. It keeps its port over `halt` and `restart`, and its data where asked to. */
export interface TestMongoStandIn extends TestMongo {
  readonly port: number;
  /** Ends the server in good order. */
  halt(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
}

/**
 * Whether suites that need the stand-in can run; where all must (`BERTH_TEST_REQUIRE_TOOLS=1`), true all the same, so
 * that they fail and are not skipped.
 */
export function hasMongoStandIn(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.BERTH_TEST_REQUIRE_TOOLS === '1') return true;
  const folders = toolsEnvironment(env).PATH?.split(delimiter) ?? [];
  return folders.some((folder) => existsSync(join(folder, PROGRAM)));
}

/** A server that suites run on, by a name for people. */
export interface MongoKind {
  readonly name: string;
  start(): Promise<TestMongo>;
}

/**
 * The servers that every suite for MongoDB is to run on: the one of `BERTH_TEST_MONGODB_URL` alone where that is set; else
 * the stand-in, and a real one in a container where `BERTH_TEST_MONGODB_IMAGE` names an image. None where a machine has
 * none of them. A given server should be a replica set; its user must be allowed to make and drop databases.
 */
export function mongoKinds(env: NodeJS.ProcessEnv = process.env): MongoKind[] {
  const { BERTH_TEST_MONGODB_URL: url, BERTH_TEST_MONGODB_IMAGE: image } = env;
  if (url) return [{ name: 'MongoDB as given', start: async () => ({ url, stop: async () => {} }) }];
  return [
    ...(hasMongoStandIn(env) ? [{ name: 'the stand-in for MongoDB', start: startMongoStandIn }] : []),
    ...(image ? [{ name: `MongoDB of ${image}`, start: () => startMongoContainer(image) }] : []),
  ];
}

/**
 * Starts the program `mongo-stand-in`, found on PATH or in the tool cache, on a free port; resolves when it takes
 * connections. `keepsData`: over a restart, in a file.
 */
export async function startMongoStandIn({ keepsData = false } = {}): Promise<TestMongoStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-mongo-'));
  const more = keepsData ? [join(folder, 'data')] : [];
  let server = await launch([String(0), ...more]);
  const { port } = server;

  async function halt(): Promise<void> {
    if (server.process.exitCode !== null || server.process.signalCode !== null) return;
    const exited = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    await exited;
  }

  return {
    port,
    url: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    halt,
    async restart() {
      await halt();
      server = await launch([String(port), ...more]);
    },
    async stop() {
      await halt();
      await removeFolder(folder);
    },
  };
}

interface Launched {
  readonly process: ChildProcess;
  readonly port: number;
}

function launch(args: readonly string[]): Promise<Launched> {
  // Its standard input ends with this process, and it with that.
  const child = spawn(PROGRAM, args, { env: toolsEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    child.once('error', (cause) => reject(new Error(`${PROGRAM} cannot be started`, { cause })));
    child.once('exit', (code) => {
      reject(new Error(`${PROGRAM} ended with code ${code}: ${lines.slice(-10).join('\n')}`));
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (lines.length < 100) lines.push(line);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
      if (port !== undefined) resolve({ process: child, port: Number(port) });
    });
  });
}
