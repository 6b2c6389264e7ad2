import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
  launchBerth,
  makeCertificate,
  startBerth,
  type TestBerth,
  temporaryFolder,
  toolsEnvironment,
  waitUntil,
} from '@berth/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePorts } from '../embedded/free-port.ts';

// Whole starts, on a machine that does other things as well.
const main = join(import.meta.dirname, 'fixtures/echo-main.ts');
const started: TestBerth[] = [];

async function start(
  options: { env?: Record<string, string>; dataFolder?: string } = {},
): Promise<TestBerth> {
  const berth = await startBerth({ main, ...options });
  started.push(berth);
  return berth;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((berth) => berth.stop()));
});

/** One that has ended counts as gone also while nobody has collected it. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function pidsOf(berth: TestBerth): Promise<number[]> {
  const pids = (await berth.processes()).flatMap(({ pid }) => (pid === null ? [] : [pid]));
  const workers = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent !== undefined && [berth.pid, ...pids].includes(parent))
    .map(([pid = 0]) => pid);
  return [...new Set([...pids, ...workers])];
}

async function refuse(env: Record<string, string>, dataFolder?: string) {
  const folder = dataFolder ?? (await temporaryFolder());
  const child = launchBerth({ main, dataFolder: folder, env });
  return { code: await child.exited, output: child.output(), folder };
}

describe('a start', () => {
  test('answers at the gateway, says where, and leaves no process when it is stopped', async () => {
    const berth = await start();
    expect((await fetch(`${berth.url}/v2/`)).status).toBe(200);
    expect((await fetch(`${berth.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${berth.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { metadata: 'ok', 'auth-token': 'ok', 'distribution-api': 'ok' } },
    ]);
    expect(berth.output()).toContain(`docker login -u admin ${berth.host}`);
    const pids = await pidsOf(berth);
    expect(pids.length).toBeGreaterThanOrEqual(8);
    expect(await berth.halt()).toBe(0);
    await waitUntil(() => !pids.some(isAlive));
  });

  test('uses the same data and secrets the second time', async () => {
    const dataFolder = await temporaryFolder();
    const files = ['admin-password', 'platform-key'].map((name) => join(dataFolder, name));
    const read = () => Promise.all(files.map((file) => readFile(file, 'utf8')));
    await (await start({ dataFolder })).halt();
    const first = await read();
    for (const file of files) expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await start({ dataFolder });
    expect(await read()).toEqual(first);
    expect(second.adminPassword).toBe(first[0]?.trim());
  });

  test('keeps no password that was given', async () => {
    const berth = await start({ env: { BERTH_ADMIN_PASSWORD: 'given-by-hand' } });
    expect(existsSync(join(berth.dataFolder, 'admin-password'))).toBe(false);
    expect(berth.output()).not.toContain('given-by-hand');
    const { dataFolder } = berth;
    await berth.halt();
    await start({ dataFolder });
    expect(existsSync(join(dataFolder, 'admin-password'))).toBe(false);
  });

  test('makes a password where the start that was given one never came to a first user', async () => {
    const dataFolder = await temporaryFolder();
    await refuse({ BERTH_ADMIN_PASSWORD: 'given-by-hand', BERTH_ECHO_FAILS: '1' }, dataFolder);
    const berth = await start({ dataFolder });
    expect(berth.adminPassword.length).toBeGreaterThan(20);
  });

  test('runs several copies of a service behind one address', async () => {
    const berth = await start({ env: { BERTH_SCALE: 'distribution-api=2' } });
    expect((await berth.processes()).map(({ name }) => name)).toContain('distribution-api-2');
    process.kill(await berth.pidOf('distribution-api'), 'SIGKILL');
    expect((await fetch(`${berth.url}/v2/`)).status).toBe(200);
  });
});

describe('a start that cannot be', () => {
  test('lists all wrong settings at once', async () => {
    const { code, output, folder } = await refuse({
      BERTH_LISTEN: 'nonsense',
      BERTH_PUBLIC_URL: 'https://berth.example.com/path',
      BERTH_TRUSTED_PROXIES: '10.0.0.0/8,300.1.1.1',
      BERTH_SCALE: 'metadata=2,console=1',
      BERTH_TLS_CERT_FILE: '/nowhere.pem',
      BERTH_LOG_LEVEL: 'loud',
      BERTH_ADMIN_PASSWORD: 'short',
      BERTH_ECHO_TIMES: '0',
    });
    expect(code).toBe(1);
    for (const name of [
      'LISTEN',
      'PUBLIC_URL',
      'TRUSTED_PROXIES',
      'TLS_CERT_FILE',
      'LOG_LEVEL',
      'ADMIN_PASSWORD',
    ])
      expect(output).toMatch(new RegExp(`BERTH_${name}[:,]`));
    expect(output).toContain('BERTH_ECHO_TIMES: "0" must be at least 1');
    expect(output).not.toContain('"short"');
    expect(output).toContain('metadata has a SQLite database');
    expect(output).toContain('"console=1" names no service');
    expect(existsSync(join(folder, 'run'))).toBe(false);
  });

  test('names the address that is in use', async () => {
    const [port = 0] = await freePorts(1);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const { code, output } = await refuse({ BERTH_LISTEN: `127.0.0.1:${port}` });
    other.close();
    expect([code, output]).toEqual([1, expect.stringContaining(`127.0.0.1:${port} is in use`)]);
  });

  test('names the start that uses the data folder', async () => {
    const berth = await start();
    const { code, output } = await refuse({}, berth.dataFolder);
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`in use by another start of Berth (process ${berth.pid})`),
    ]);
    expect((await fetch(`${berth.url}/v2/`)).status).toBe(200);
  });

  test('names the data folder that cannot be written', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const { code, output } = await refuse({}, join(file, 'data'));
    expect([code, output]).toEqual([1, expect.stringContaining('cannot be written')]);
  });

  test('names the data folder that is where no folder can be made', async () => {
    const { code, output } = await refuse({}, '/proc/berth/data');
    expect([code, output]).toEqual([1, expect.stringContaining('/proc/berth/data cannot be written')]);
  });

  test('tells once of each given server that refuses, before a service is started', async () => {
    const [nats, s3] = await freePorts(2);
    const { code, output, folder } = await refuse({
      BERTH_NATS_URL: `nats://berth:hunter2@127.0.0.1:${nats}`,
      BERTH_STORAGE_URL: `s3://images/eu?endpoint=http://127.0.0.1:${s3}&pathStyle=true`,
      ...{ AWS_ACCESS_KEY_ID: 'berth', AWS_SECRET_ACCESS_KEY: 'hunter3' },
    });
    expect(code).toBe(1);
    expect(output.match(/BERTH_NATS_URL: .*/g)).toEqual([
      expect.stringMatching(new RegExp(`127.0.0.1:${nats}.*; see that NATS with JetStream runs there`)),
    ]);
    expect(output.match(/BERTH_STORAGE_URL: .*/g)).toEqual([
      expect.stringMatching(new RegExp(`"images" at http://127.0.0.1:${s3}.*; see to the bucket`)),
    ]);
    expect(output).not.toMatch(/hunter|starting it again/);
    expect(await readdir(join(folder, 'logs'))).toEqual([]);
  });

  test('says why a service does not start, and leaves nothing running', async () => {
    const { code, output, folder } = await refuse({ BERTH_ECHO_FAILS: '1' });
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/does not start \(exit code 1\): .*the disk is on fire/),
    ]);
    const { processes } = JSON.parse(await readFile(join(folder, 'run/state.json'), 'utf8'));
    for (const { pid } of processes) expect(pid).toBeNull();
  });
});

describe('when something is killed', () => {
  test.each(['metadata', 'distribution-api', 'gateway', 'nats-server'])('%s comes again', async (name) => {
    const berth = await start();
    const before = await berth.pidOf(name);
    process.kill(before, 'SIGKILL');
    await waitUntil(async () => (await berth.pidOf(name)) !== before);
    await waitUntil(async () => (await fetch(`${berth.url}/readyz`)).status === 200);
    expect((await fetch(`${berth.url}/v2/`)).status).toBe(200);
    expect(berth.output()).toContain(`${name} ended (signal SIGKILL)`);
  });

  test('the start itself, its children end as well', async () => {
    const berth = await start();
    const pids = await pidsOf(berth);
    await berth.kill();
    await waitUntil(() => !pids.some(isAlive));
  });

  test('the npm that started it with SIGTERM, all of it ends', async () => {
    const dataFolder = await temporaryFolder();
    const bootstrap = join(import.meta.dirname, '../embedded/bootstrap-run.mjs');
    const script = `import(${JSON.stringify(bootstrap)}).then(({ runToEnd }) => runToEnd(process.execPath, [${JSON.stringify(main)}]))`;
    const shell = spawn('/bin/sh', ['-c', `"$0" -e '${script}'; true`, process.execPath], {
      env: {
        ...toolsEnvironment(),
        npm_lifecycle_event: 'start',
        BERTH_LISTEN: '127.0.0.1:0',
        BERTH_DATA: dataFolder,
      },
      stdio: 'ignore',
    });
    const state = async () => JSON.parse(await readFile(join(dataFolder, 'run/state.json'), 'utf8'));
    await waitUntil(async () => (await state().catch(() => null))?.url);
    const { supervisorPid, processes } = await state();
    shell.kill('SIGTERM');
    const pids = [supervisorPid, ...processes.map(({ pid }: { pid: number }) => pid)];
    await waitUntil(() => !pids.some(isAlive));
  });

  test('and so is the guard, the next start ends what was left behind', async () => {
    const [port = 0] = await freePorts(1);
    const env = { BERTH_LISTEN: `127.0.0.1:${port}` };
    const dataFolder = await temporaryFolder();
    const berth = await start({ dataFolder, env });
    const pids = await pidsOf(berth);
    const { guardPid } = JSON.parse(await readFile(join(dataFolder, 'run/state.json'), 'utf8'));
    process.kill(berth.pid, 'SIGSTOP');
    process.kill(guardPid, 'SIGKILL');
    await berth.kill();
    expect(isAlive(pids[0] ?? 0)).toBe(true);
    const next = await start({ dataFolder, env });
    expect(next.output()).toContain('that an earlier start had left behind');
    await waitUntil(() => !pids.some(isAlive));
  });
});

describe('with a certificate', () => {
  /** The name in the certificate, and the protocol that was agreed on. */
  const ask = (url: string) =>
    new Promise<{ name: string; protocol: string | false | null }>((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const options = {
        host: hostname,
        port: Number(port),
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      };
      const socket = connect(options, () => {
        resolve({ name: String(socket.getPeerCertificate().subject.CN), protocol: socket.alpnProtocol });
        socket.destroy();
      });
      socket.on('error', reject);
    });

  test('the gateway speaks HTTP/2, takes a new pair when the files change and keeps the old one when they are broken', async () => {
    const folder = await temporaryFolder();
    const [first, second] = [makeCertificate(folder, 'first'), makeCertificate(folder, 'second')];
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await copyFile(first.certificate, cert);
    await copyFile(first.key, key);
    const berth = await start({ env: { BERTH_TLS_CERT_FILE: cert, BERTH_TLS_KEY_FILE: key } });
    expect(berth.url).toMatch(/^https:/);
    expect(await ask(berth.url)).toEqual({ name: 'first', protocol: 'h2' });
    expect((await stat(join(berth.dataFolder, 'run/tls-key.pem'))).mode & 0o777).toBe(0o600);
    await copyFile(second.certificate, cert);
    await waitUntil(() => berth.output().includes('the old one stays'));
    expect(await ask(berth.url)).toMatchObject({ name: 'first' });
    await copyFile(second.key, key);
    await waitUntil(async () => (await ask(berth.url)).name === 'second');
  });
});
