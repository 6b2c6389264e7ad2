import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@berth/testing';
import { findProgram } from './find-program.ts';
import { runProgram, tryProgram } from './run-program.ts';
import { startServerProcess } from './server-process.ts';

export interface Dockerd {
  /** The docker command, speaking to it; rejects with what it printed. */
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<string>;
  stop(): Promise<void>;
}

/** A dockerd of its own below `folder`: private socket, data and state, no network of containers. Needs root. */
export async function startDockerd(folder: string): Promise<Dockerd> {
  const socket = join(folder, 'docker.sock');
  const config = join(folder, 'config');
  await mkdir(config);
  const daemon = startServerProcess(
    findProgram('dockerd'),
    [
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '-H', `unix://${socket}`],
      ...['-p', join(folder, 'docker.pid'), '--bridge=none', '--iptables=false', '--ip6tables=false'],
    ],
    { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder } },
  );
  const env = { HOME: folder, DOCKER_CONFIG: config, DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0' };
  const isUp = async (): Promise<boolean> => {
    if (daemon.hasEnded()) throw new Error(`dockerd ended:\n${daemon.output()}`);
    return (await tryProgram('docker', ['version'], { env })).code === 0;
  };
  try {
    await waitUntil(isUp, { what: 'dockerd' });
  } catch (error) {
    await daemon.stop();
    throw new Error(`dockerd does not answer:\n${daemon.output()}`, { cause: error });
  }
  return {
    run: (args, options = {}) => runProgram('docker', args, { env, ...options }),
    async stop() {
      await daemon.stop(20_000);
      // A network namespace of containers is mounted there, and the folder could not be removed.
      const mounts = (await readFile('/proc/mounts', 'utf8'))
        .split('\n')
        .map((line) => line.split(' ')[1] ?? '');
      for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)))
        await runProgram('umount', [mount]);
    },
  };
}
