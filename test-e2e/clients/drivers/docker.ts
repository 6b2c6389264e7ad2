import { join } from 'node:path';
import { writeDockerArchive } from '../../images/docker-archive.ts';
import { startDockerd } from '../../support/dockerd.ts';
import type { ClientKind } from '../client-driver.ts';
import { remote, repositoryOf } from './layout-copies.ts';

/** The docker command with a dockerd of its own: private socket, data and state, no network of containers. */
export const docker: ClientKind = {
  name: 'docker',
  programs: ['docker', 'dockerd'],
  obstacle: () => (process.getuid?.() === 0 ? null : 'dockerd needs root'),
  async start({ host, folder }) {
    const { run, stop } = await startDockerd(folder);
    const inspect = async (reference: string, format: string): Promise<string> =>
      (await run(['image', 'inspect', '-f', format, remote(host, reference)])).trim();
    return {
      async login(username, password) {
        await run(['login', host, '-u', username, '--password-stdin'], { input: password });
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
      close: stop,
    };
  },
};
