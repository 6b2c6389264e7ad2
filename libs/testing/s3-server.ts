import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { removeFolder } from './temporary-folder.ts';
import { toolsEnvironment } from './tools-path.ts';
import { waitUntil } from './wait-until.ts';

/** A real S3 server (versitygw) on loopback with one bucket. It keeps its port and its data over `kill` and `restart`. */
export interface TestS3 {
  /** `http://127.0.0.1:7070` */
  readonly endpoint: string;
  readonly port: number;
  readonly bucket: string;
  /** `AWS_ACCESS_KEY_ID` and the like, as the SDK finds them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** What is in the bucket, as files. */
  readonly folder: string;
  /** A blob store URL of the bucket with path-style addresses: `s3://bucket/<prefix>?endpoint=…`, and more parameters. */
  storageUrl(prefix?: string, parameters?: Readonly<Record<string, string>>): string;
  /** `kill -9`; the data stays. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the server and removes its data. Idempotent. */
  stop(): Promise<void>;
}

const PROGRAM = 'versitygw';
const BUCKET = 'berth-test';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'berth-test', AWS_SECRET_ACCESS_KEY: 'berth-test-secret' };

/**
 * Whether suites that need S3 can run; where all must (`BERTH_TEST_REQUIRE_TOOLS=1`), true all the same, so that they
 * fail and are not skipped.
 */
export function hasS3(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.BERTH_TEST_REQUIRE_TOOLS === '1') return true;
  return searchPath(env).some((folder) => existsSync(join(folder, PROGRAM)));
}

/** The bucket of `BERTH_TEST_S3_URL` (`s3://bucket?…`, credentials in the environment), if one is given. */
export function givenS3(env: NodeJS.ProcessEnv = process.env): Pick<TestS3, 'storageUrl'> | null {
  const given = env.BERTH_TEST_S3_URL;
  if (given === undefined || given === '') return null;
  return {
    storageUrl(prefix = '', parameters = {}) {
      const url = new URL(given);
      url.pathname = `${url.pathname.replace(/\/$/, '')}/${prefix}`;
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url.href;
    },
  };
}

/** Starts versitygw, found in the tool cache, on PATH or in `~/go/bin`; resolves when it answers. */
export async function startS3(): Promise<TestS3> {
  const root = await mkdtemp(join(tmpdir(), 'berth-s3-'));
  const folder = join(root, 'data', BUCKET);
  await mkdir(folder, { recursive: true });
  await mkdir(join(root, 'sidecar'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let server = await launch(root, port);

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  }

  return {
    ...{ endpoint, port, folder },
    bucket: BUCKET,
    credentials: CREDENTIALS,
    storageUrl(prefix = '', parameters = {}) {
      const query = new URLSearchParams({ endpoint, pathStyle: 'true', ...parameters });
      return `s3://${BUCKET}/${prefix}?${query}`;
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      server = await launch(root, port);
    },
    async stop() {
      await end('SIGKILL');
      await removeFolder(root);
    },
  };
}

async function launch(root: string, port: number): Promise<ChildProcess> {
  const child = spawn(
    PROGRAM,
    [
      ...['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', 'posix'],
      // An extended attribute of ext4 has no room for the parts of more than some GiB.
      ...['--sidecar', join(root, 'sidecar'), join(root, 'data')],
    ],
    {
      env: {
        ...process.env,
        PATH: searchPath(process.env).join(delimiter),
        ROOT_ACCESS_KEY: CREDENTIALS.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-2_000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new Error('versitygw cannot be started', { cause })));
    child.once('exit', (code) => reject(new Error(`versitygw ended with code ${code}: ${said}`)));
  });
  failed.catch(() => undefined);
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0;
  await Promise.race([failed, waitUntil(answers, { what: 'an answer of versitygw' })]);
  return child;
}

function searchPath(env: NodeJS.ProcessEnv): string[] {
  return [...(toolsEnvironment(env).PATH?.split(delimiter) ?? []), join(homedir(), 'go/bin')];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
