import { runProgram } from '../../support/run-program.ts';
import type { ClientKind } from '../client-driver.ts';
import { layoutCopies, remote, repositoryOf } from './layout-copies.ts';

export const crane: ClientKind = {
  name: 'crane',
  programs: ['crane'],
  async start({ host, folder }) {
    const copies = layoutCopies(folder);
    const env = { HOME: folder, DOCKER_CONFIG: folder };
    const run = (...args: string[]): Promise<string> => runProgram('crane', [...args, '--insecure'], { env });
    const digest = async (reference: string): Promise<string> =>
      (await run('digest', remote(host, reference))).trim();
    return {
      digest,
      async login(username, password) {
        await run('auth', 'login', host, '-u', username, '-p', password);
        // crane keeps what it is given without asking; reading the catalog tells whether it is right.
        await run('catalog', host);
      },
      async logout() {
        await run('auth', 'logout', host);
      },
      async push(image, reference) {
        await run('push', await copies.written(image), remote(host, reference));
      },
      async pull(reference) {
        const layout = await copies.fresh(reference);
        await run('pull', '--format', 'oci', remote(host, reference), layout);
        return copies.read(layout);
      },
      removeLocal: copies.forget,
      async tags(repository) {
        return (await run('ls', remote(host, repository))).split('\n').filter((line) => line !== '');
      },
      async remove(reference) {
        await run('delete', remote(host, `${repositoryOf(reference)}@${await digest(reference)}`));
      },
    };
  },
};
