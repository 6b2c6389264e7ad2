import { join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';
import type { ClientKind } from '../client-driver.ts';
import { layoutCopies, remote } from './layout-copies.ts';

export const oras: ClientKind = {
  name: 'oras',
  programs: ['oras'],
  async start({ host, folder }) {
    const copies = layoutCopies(folder);
    const config = ['--registry-config', join(folder, 'auth.json')];
    const run = (args: readonly string[], input = ''): Promise<string> =>
      runProgram('oras', args, { env: { HOME: folder }, input });
    const plain = [...config, '--plain-http'];
    return {
      async login(username, password) {
        await run(['login', ...plain, '-u', username, '--password-stdin', host], password);
      },
      async logout() {
        await run(['logout', ...config, host]);
      },
      async push(image, reference) {
        const source = `${await copies.written(image)}:latest`;
        const to = ['--to-registry-config', join(folder, 'auth.json'), '--to-plain-http'];
        await run(['cp', '--from-oci-layout', source, ...to, remote(host, reference)]);
      },
      async pull(reference) {
        const layout = await copies.fresh(reference);
        const from = ['--from-registry-config', join(folder, 'auth.json'), '--from-plain-http'];
        await run(['cp', ...from, remote(host, reference), '--to-oci-layout', `${layout}:latest`]);
        return copies.read(layout);
      },
      removeLocal: copies.forget,
      async digest(reference) {
        return (await run(['resolve', ...plain, remote(host, reference)])).trim();
      },
      async tags(repository) {
        const text = await run(['repo', 'tags', ...plain, remote(host, repository)]);
        return text.split('\n').filter((line) => line !== '');
      },
      async remove(reference) {
        await run(['manifest', 'delete', ...plain, '--force', remote(host, reference)]);
      },
    };
  },
};
