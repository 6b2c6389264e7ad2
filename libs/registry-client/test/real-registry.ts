import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/** The registries of the Distribution project that this machine has; none is needed. */
export async function installedRegistries(): Promise<string[]> {
  const candidates = [path.join(homedir(), 'go/bin/registry'), '/usr/bin/docker-registry'];
  const found = await Promise.all(
    candidates.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return candidates.filter((_, index) => found[index]);
}

export interface RealRegistry {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRealRegistry(binary: string): Promise<RealRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'berth-registry-'));
  const port = await freePort();
  const config = path.join(folder, 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: path.join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, secret: 'test' },
    }),
  );
  const child = spawn(binary, ['serve', config], { stdio: 'ignore' });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await ended(child);
      await rm(folder, { recursive: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
