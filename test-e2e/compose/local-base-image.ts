import { copyFile, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toolsEnvironment } from '@berth/testing';
import type { Dockerd } from '../support/dockerd.ts';
import { findProgram } from '../support/find-program.ts';
import { runProgram } from '../support/run-program.ts';

/** What the images are built on where no other can be pulled: Node 24, npm, nginx and a shell of this machine, with their libraries. */
export async function importBaseImage(docker: Dockerd, folder: string, name: string): Promise<void> {
  const root = join(folder, 'base');
  const programs = {
    'usr/local/bin/node': process.execPath,
    'usr/bin/sh': '/bin/sh',
    'usr/bin/env': '/usr/bin/env',
    'usr/sbin/nginx': (await runProgram('sh', ['-c', 'command -v nginx'], { env: serverPath() })).trim(),
  };
  for (const [to, from] of Object.entries(programs)) {
    await copyInto(root, to, from);
    for (const library of await librariesOf(from)) await copyInto(root, library, library);
  }
  for (const library of ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'])
    await copyInto(root, `lib/x86_64-linux-gnu/${library}`, `/lib/x86_64-linux-gnu/${library}`);
  await copyInto(root, 'etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt');

  const npm = dirname(dirname(await realpath(findProgram('npm'))));
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  for (const command of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${command}-cli.js`, join(root, 'usr/local/bin', command));
  await symlink('usr/bin', join(root, 'bin'));
  await mkdir(join(root, 'root'));
  await mkdir(join(root, 'tmp'), { mode: 0o1777 });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');

  const tar = join(folder, 'base.tar');
  await runProgram('tar', ['-C', root, '-cf', tar, '.']);
  const change = (text: string) => ['-c', text];
  await docker.run([
    'import',
    ...change('ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'),
    ...change('ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'),
    ...[tar, name],
  ]);
}

/** The tests may have servers of their own, out of the system's way. */
function serverPath(): Record<string, string> {
  return { PATH: toolsEnvironment().PATH ?? '' };
}

async function librariesOf(program: string): Promise<string[]> {
  const listed = await runProgram('ldd', [program]);
  return [...listed.matchAll(/(\/lib[^ )]*)/g)]
    .map(([, path = '']) => path)
    .filter((path) => basename(path) !== '');
}

async function copyInto(root: string, to: string, from: string): Promise<void> {
  const target = join(root, to);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(from, target);
}
