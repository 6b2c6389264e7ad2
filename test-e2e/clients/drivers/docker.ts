import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@berth/testing';
import { writeDockerArchive } from '../../images/docker-archive.ts';
import { findProgram } from '../../support/find-program.ts';
import { runProgram, tryProgram } from '../../support/run-program.ts';
import { startServerProcess } from '../../support/server-process.ts';
import type { ClientKind } from '../client-driver.ts';
import { remote, repositoryOf } from './layout-copies.ts';

/** The docker command with a dockerd of its own: private socket, data and state, no network of containers. */
export const docker: ClientKind = {
  name: 'docker',
  programs: ['docker', 'dockerd'],
  obstacle: () => (process.getuid?.() === 0 ? null : 'dockerd needs root'),
  async start({ host, folder }) {
    const socket = join(folder, 'docker.sock');
    const config = join(folder, 'config');
    await mkdir(config);
    const daemon = startServerProcess(
      findProgram('dockerd'),
      [
        ...[
          '--data-root',
          join(folder, 'data'),
          '--exec-root',
          join(folder, 'exec'),
          '-H',
          `unix://${socket}`,
        ],
        ...['-p', join(folder, 'docker.pid'), '--bridge=none', '--iptables=false', '--ip6tables=false'],
      ],
      { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder } },
    );
    const env = { HOME: folder, DOCKER_CONFIG: config, DOCKER_HOST: `unix://${socket}` };
    const run = (args: readonly string[], input = ''): Promise<string> =>
      runProgram('docker', args, { env, input });
    const isUp = async (): Promise<boolean> => {
      if (daemon.hasEnded()) throw new Error(`dockerd ended:\n${daemon.output()}`);
      return (await tryProgram('docker', ['version'], { env })).code === 0;
    };
    try {
      await waitUntil(isUp, { timeoutMs: 60_000, what: 'dockerd' });
    } catch (error) {
      await daemon.stop();
      throw new Error(`dockerd does not answer:\n${daemon.output()}`, { cause: error });
    }
    const inspect = async (reference: string, format: string): Promise<string> =>
      (await run(['image', 'inspect', '-f', format, remote(host, reference)])).trim();
    return {
      async login(username, password) {
        await run(['login', host, '-u', username, '--password-stdin'], password);
      },
      async logout() {
        await run(['logout', host]);
      },
      async push(image, reference) {
        const file = join(folder, `${image.config.digest.slice(7, 19)}.tar`);
        await writeDockerArchive(file, image, remote(host, reference));
        await run(['load', '-i', file]);
        await run(['push', remote(host, reference)]);
      },
      async pull(reference) {
        await run(['pull', remote(host, reference)]);
        return { diffIds: JSON.parse(await inspect(reference, '{{json .RootFS.Layers}}')) };
      },
      async removeLocal(reference) {
        await run(['image', 'rm', remote(host, reference)]);
      },
      async digest(reference) {
        const digests: string[] = JSON.parse(await inspect(reference, '{{json .RepoDigests}}'));
        const own = digests.find((name) => name.startsWith(`${remote(host, repositoryOf(reference))}@`));
        if (own === undefined) throw new Error(`no digest of ${reference} among ${digests.join(', ')}`);
        return own.slice(own.indexOf('@') + 1);
      },
      close: () => daemon.stop(20_000),
    };
  },
};
