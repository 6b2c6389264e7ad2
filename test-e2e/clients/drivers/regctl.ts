import { join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';
import type { ClientKind } from '../client-driver.ts';
import { layoutCopies, remote } from './layout-copies.ts';

export const regctl: ClientKind = {
  name: 'regctl',
  programs: ['regctl'],
  async start({ host, folder }) {
    const copies = layoutCopies(folder);
    const env = { HOME: folder, REGCTL_CONFIG: join(folder, 'config.json') };
    const run = (...args: string[]): Promise<string> => runProgram('regctl', args, { env });
    await run('registry', 'set', host, '--tls', 'disabled', '--skip-check');
    return {
      async login(username, password) {
        await run('registry', 'login', host, '-u', username, '-p', password);
      },
      async logout() {
        await run('registry', 'logout', host);
        await run('registry', 'set', host, '--tls', 'disabled', '--skip-check');
      },
      async push(image, reference) {
        await run('image', 'copy', `ocidir://${await copies.written(image)}:latest`, remote(host, reference));
      },
      async pull(reference) {
        const layout = await copies.fresh(reference);
        await run('image', 'copy', remote(host, reference), `ocidir://${layout}:latest`);
        return copies.read(layout);
      },
      removeLocal: copies.forget,
      async digest(reference) {
        return (await run('image', 'digest', remote(host, reference))).trim();
      },
      async tags(repository) {
        return (await run('tag', 'ls', remote(host, repository))).split('\n').filter((line) => line !== '');
      },
      async remove(reference) {
        await run('tag', 'delete', remote(host, reference));
      },
    };
  },
};
