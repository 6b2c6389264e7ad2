import { join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';
import type { ClientKind } from '../client-driver.ts';
import { layoutCopies, remote } from './layout-copies.ts';

export const skopeo: ClientKind = {
  name: 'skopeo',
  programs: ['skopeo'],
  async start({ host, folder }) {
    const copies = layoutCopies(folder);
    const auth = ['--authfile', join(folder, 'auth.json')];
    const run = (...args: string[]): Promise<string> => runProgram('skopeo', args, { env: { HOME: folder } });
    const plain = ['--tls-verify=false'];
    const at = (reference: string): string => `docker://${remote(host, reference)}`;
    const digest = (reference: string): Promise<string> =>
      run('inspect', ...auth, ...plain, '--format', '{{.Digest}}', at(reference)).then((text) => text.trim());
    const copy = ['--insecure-policy', 'copy', '--preserve-digests', ...auth];
    return {
      digest,
      async login(username, password) {
        await run('login', ...auth, ...plain, '-u', username, '-p', password, host);
      },
      async logout() {
        await run('logout', ...auth, host);
      },
      async push(image, reference) {
        await run(
          ...copy,
          '--dest-tls-verify=false',
          `oci:${await copies.written(image)}:latest`,
          at(reference),
        );
      },
      async pull(reference) {
        const layout = await copies.fresh(reference);
        await run(...copy, '--src-tls-verify=false', at(reference), `oci:${layout}:latest`);
        return copies.read(layout);
      },
      removeLocal: copies.forget,
      async tags(repository) {
        return JSON.parse(await run('list-tags', ...auth, ...plain, at(repository))).Tags;
      },
      async remove(reference) {
        await run('delete', ...auth, ...plain, at(reference));
      },
    };
  },
};
