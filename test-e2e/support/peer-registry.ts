import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles } from '@berth/testing';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServerProcess, waitForHttp } from './server-process.ts';

/** Distribution 3 (`registry`) or docker-registry 2.8: the registries Berth is measured beside. */
export interface PeerRegistry {
  readonly origin: string;
  readonly server: ServerProcess;
}

const CONFIGURATION = `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  @DRIVER@
  cache: {blobdescriptor: inmemory}
  delete: {enabled: true}
http: {addr: "127.0.0.1:@PORT@", secret: "only-for-this-run"@TLS@}
`;

/** A bucket for it to keep its data in, instead of a folder. Downloads are redirected there, as by default. */
export interface PeerStorage {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** admin, secret-of-the-run */
const HTPASSWD = 'admin:$2y$05$abcdefghijklmnopqrstuuVefBJAV5Q6WyowlElbceAsGA/WKzsG6\n';

/** What `login` asks for. */
export const PEER_LOGIN = { username: 'admin', password: 'secret-of-the-run' } as const;

/** Starts one with the filesystem driver in `folder`, or on S3; with `login`, for admin only; with `tls`, at https. */
export async function startPeerRegistry(
  program: 'registry' | 'docker-registry',
  folder: string,
  options: {
    readonly login?: boolean;
    readonly storage?: PeerStorage;
    readonly tls?: CertificateFiles;
  } = {},
): Promise<PeerRegistry> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'config.yml');
  const driver = options.storage
    ? s3Driver(options.storage)
    : `filesystem: {rootdirectory: "${join(folder, 'data')}"}`;
  const { tls } = options;
  const text = CONFIGURATION.replace('@DRIVER@', driver)
    .replace('@PORT@', String(port))
    .replace('@TLS@', tls ? `, tls: {certificate: "${tls.certificate}", key: "${tls.key}"}` : '');
  const passwords = join(folder, 'htpasswd');
  if (options.login) await writeFile(passwords, HTPASSWD);
  await writeFile(
    file,
    options.login ? `${text}auth: {htpasswd: {realm: peer, path: "${passwords}"}}\n` : text,
  );
  const server = startServerProcess(findProgram(program), ['serve', file], {
    env: { PATH: '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none', HOME: folder },
  });
  // To plain HTTP it answers 400 where it wants TLS.
  await waitForHttp(server, `http://127.0.0.1:${port}/v2/`);
  return { origin: `http${tls ? 's' : ''}://127.0.0.1:${port}`, server };
}

function s3Driver({ endpoint, bucket, accessKey, secretKey }: PeerStorage): string {
  const where = `regionendpoint: "${endpoint}", region: us-east-1, bucket: "${bucket}", rootdirectory: /peer`;
  return `s3: {${where}, forcepathstyle: true, secure: false, accesskey: "${accessKey}", secretkey: "${secretKey}"}`;
}
