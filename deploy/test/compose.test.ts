import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { temporaryFolder } from '@berth/testing';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { SERVICES } from '../embedded/service-table.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../compose');

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly dockerfile?: string; readonly dockerfile_inline?: string };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly networks?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: object;
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly mem_limit?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const file = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, object>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
};
const services = Object.entries(file.services);
/** They end when their work is done. */
const TASKS = ['mongo-setup', 'operator'];

test.each(SERVICES)(
  '$name is a container of its own that knows where its settings are',
  ({ name, settings }) => {
    const { command, environment = {}, secrets = [] } = file.services[name] ?? { image: '' };
    expect(command).toEqual([name]);
    const given = Object.keys(environment).map((setting) => setting.replace(/_FILE$/, ''));
    const required = Object.entries(settings.properties)
      .filter(([, field]) => field['x-setting']?.default === undefined)
      .filter(([setting]) => (settings.required ?? []).includes(setting))
      .map(([setting]) => setting);
    expect(given).toEqual(expect.arrayContaining(required));
    for (const value of Object.values(environment))
      if (value.startsWith('/run/secrets/')) expect(secrets).toContain(value.slice('/run/secrets/'.length));
  },
);

describe.each(services)('the container %s', (name, service) => {
  test('has no root, no capability and nothing to write to but what it is given', () => {
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  test('is reached from outside only if it is the gateway', () => {
    expect(service.ports?.length ?? 0).toBe(name === 'gateway' ? 1 : 0);
    expect(service.networks).toContain('inside');
  });

  test('has its secrets in files, and all of them are declared', () => {
    for (const secret of service.secrets ?? []) expect(file.secrets[secret]).toBeDefined();
    for (const [setting, value] of Object.entries(service.environment ?? {}))
      if (/PASSWORD|KEY|SECRET|DATABASE_URL|NATS_URL|CREDENTIALS/.test(setting))
        expect(value).toMatch(/^\/run\/secrets\//);
  });

  test('keeps what it keeps in volumes that are declared, and that its user may write to', () => {
    for (const volume of service.volumes ?? []) {
      const [source = '', folder = ''] = volume.split(':');
      if (source.startsWith('./')) continue;
      expect(file.volumes[source]).toBeDefined();
      // A new volume is given the owner of the folder in the image; the image of MongoDB has its folder for its user.
      if (service.image.startsWith('mongo:')) expect([folder, service.user]).toEqual(['/data/db', '999:999']);
      else
        expect(service.build?.dockerfile_inline).toContain(
          `mkdir ${folder} && chown ${service.user} ${folder}`,
        );
    }
  });

  test('has bounds of memory and log, and comes back by itself unless it is there for one task', () => {
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '5' });
    expect(service.restart).toBe(TASKS.includes(name) ? 'no' : 'unless-stopped');
  });

  test('is waited for until it is healthy, or has done its task', () => {
    const isBuiltHere = service.build?.dockerfile !== undefined;
    // The images of Berth say themselves how they are asked.
    if (!isBuiltHere && !TASKS.includes(name)) expect(service.healthcheck).toBeDefined();
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {}))
      expect(condition).toBe(TASKS.includes(other) ? 'service_completed_successfully' : 'service_healthy');
  });
});

test('nothing of the inner network is reached from outside', () => {
  expect(file.networks.inside?.internal).toBe(true);
});

describe('mongo-setup.js', () => {
  interface User {
    readonly pwd: string;
    readonly roles: readonly { readonly role: string; readonly db: string }[];
  }
  /** Runs it as mongosh would, on a server that has these users. */
  function setUp(users: Map<string, User>, { isPrimary = true } = {}): void {
    const admin = {
      auth: () => 1,
      getUser: (user: string) => users.get(user) ?? null,
      createUser: ({ user, ...more }: User & { readonly user: string }) => void users.set(user, more),
      updateUser: (user: string, more: User) => void users.set(user, more),
    };
    runInNewContext(readFileSync(join(folder, 'mongo-setup.js'), 'utf8'), {
      db: { getSiblingDB: () => admin, hello: () => ({ isWritablePrimary: isPrimary, primary: 'mongo-2' }) },
      rs: { initiate: () => {} },
      fs: { readFileSync: (path: string) => `secret of ${path}\n` },
      print: () => {},
      sleep: () => {},
    });
  }
  const databases = SERVICES.filter(({ hasDatabase }) => hasDatabase).map(({ name }) => `berth_${name}`);

  test('makes a user for each service, who may its own database and nothing else', () => {
    const users = new Map<string, User>();
    setUp(users);
    expect([...users.keys()].sort()).toEqual(['berth', ...databases].sort());
    for (const database of databases)
      expect(users.get(database)).toEqual({
        pwd: `secret of /run/secrets/mongo-password-${database.slice('berth_'.length)}`,
        roles: [{ role: 'readWrite', db: database }],
      });
  });

  test('takes from the user that all services had what Berth has not', () => {
    const users = new Map<string, User>([['berth', { pwd: 'old', roles: [{ role: 'any', db: 'admin' }] }]]);
    setUp(users);
    const may = users.get('berth')?.roles.map(({ db }) => db);
    expect([...(may ?? [])].sort()).toEqual([...databases].sort());
  });

  test('writes nothing where another member is the primary, and says so when a user is missing', () => {
    const users = new Map<string, User>();
    expect(() => setUp(users, { isPrimary: false })).toThrow('mongo-1 is not the primary');
    setUp(users);
    const before = new Map(users);
    setUp(users, { isPrimary: false });
    expect(users).toEqual(before);
  });
});

describe('prepare.sh', () => {
  let made: string;
  const prepare = () => run('sh', [join(made, 'prepare.sh'), 'berth.example.com']);
  const secrets = async () => {
    const names = (await readdir(join(made, 'secrets'))).sort();
    const contents = names.map(
      async (name) => [name, await readFile(join(made, 'secrets', name), 'utf8')] as const,
    );
    return Object.fromEntries(await Promise.all(contents));
  };

  beforeAll(async () => {
    made = await temporaryFolder();
    await mkdir(made, { recursive: true });
    await copyFile(join(folder, 'prepare.sh'), join(made, 'prepare.sh'));
    await prepare();
  });

  test('makes every secret that the file names, for a folder that only its owner enters', async () => {
    const found = Object.keys(await secrets());
    expect(found).toEqual(
      expect.arrayContaining(Object.values(file.secrets).map((one) => one.file.slice('./secrets/'.length))),
    );
    expect((await stat(join(made, 'secrets'))).mode & 0o777).toBe(0o700);
  });

  test('keeps what is there', async () => {
    const before = await secrets();
    await prepare();
    expect(await secrets()).toEqual(before);
  });

  test('never makes the same twice', async () => {
    const values = await secrets();
    const random = [
      'admin-password',
      'platform-key',
      'mongo-key',
      'mongo-password',
      'nats-password',
      's3-secret-key',
    ];
    for (const name of random) expect(values[name]).toMatch(/^[0-9a-f]{32,}$/);
    expect(new Set(random.map((name) => values[name])).size).toBe(random.length);
  });

  test('names a database of its own for each service that has one, under a user of its own', async () => {
    const values = await secrets();
    for (const { name, hasDatabase } of SERVICES) {
      if (!hasDatabase) continue;
      const password = values[`mongo-password-${name}`];
      expect(password).not.toBe(values['mongo-password']);
      expect(values[`database-url-${name}`]).toMatch(
        new RegExp(`^mongodb://berth_${name}:${password}@[^/]+/berth_${name}\\?`),
      );
    }
  });

  test('gives a service its own user where all had one, and leaves the URL of another server', async () => {
    const values = await secrets();
    const shared = values['database-url']?.replace('/?', '/berth_metadata?') ?? '';
    const own = 'mongodb://elsewhere/berth_replicator';
    const replace = async (name: string, text: string) => {
      const path = join(made, 'secrets', name);
      await rm(path);
      await writeFile(path, text);
    };
    await replace('database-url-metadata', shared);
    await replace('database-url-replicator', own);
    await prepare();
    expect(await secrets()).toEqual({ ...values, 'database-url-replicator': own });
  });
});
