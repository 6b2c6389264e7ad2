import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Answers,
  type ContractServer,
  problem,
  SAMPLES,
  startContractServer,
} from '@berth/management-client/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createTestCli, type TestCli } from './run-cli.ts';

const servers: ContractServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(answers: Answers = {}): Promise<ContractServer> {
  const server = await startContractServer(answers);
  servers.push(server);
  return server;
}

const fileOf = ({ homeFolder }: TestCli) => join(homeFolder, '.config/berth/config.json');
const loginsOf = async (cli: TestCli) => JSON.parse(await readFile(fileOf(cli), 'utf8'));
const logIn = (cli: TestCli, origin: string) =>
  cli.run(['login', origin, '-u', 'ada', '--password-stdin'], { input: 'pass word\n' });

describe('login', () => {
  test('opens a session that further commands use, in a file for its owner only', async () => {
    const [server, cli] = [await start(), await createTestCli()];
    const { code, stdout } = await logIn(cli, server.origin);
    expect([code, stdout]).toEqual([
      0,
      `logged in to ${server.origin} as ada, until ${SAMPLES.session.value.expiresAt}\n`,
    ]);
    await cli.run(['whoami']);
    expect(server.asked).toMatchObject([
      { id: 'openSession', body: { username: 'ada', password: 'pass word' } },
      { id: 'getMe', headers: { authorization: 'Bearer session-token' } },
    ]);
    expect(server.asked[0]?.headers).not.toHaveProperty('authorization');
    expect((await stat(fileOf(cli))).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(fileOf(cli)))).mode & 0o777).toBe(0o700);
    expect(await loginsOf(cli)).toEqual({
      current: server.origin,
      origins: { [server.origin]: { username: 'ada', ...SAMPLES.session.value } },
    });
  });

  test('closes a file that was open to others', async () => {
    const [server, cli] = [await start(), await createTestCli()];
    await mkdir(dirname(fileOf(cli)), { recursive: true });
    await writeFile(fileOf(cli), '{"current":null,"origins":{}}', { mode: 0o644 });
    await logIn(cli, server.origin);
    expect((await stat(fileOf(cli))).mode & 0o777).toBe(0o600);
  });

  test('keeps its file below XDG_CONFIG_HOME', async () => {
    const [server, cli] = [await start(), await createTestCli()];
    const folder = join(cli.homeFolder, 'elsewhere');
    const env = { XDG_CONFIG_HOME: folder, BERTH_ORIGIN: server.origin };
    await cli.run(['login', '-u', 'ada', '--password-stdin'], { env, input: 'x' });
    expect(JSON.parse(await readFile(join(folder, 'berth/config.json'), 'utf8')).current).toBe(server.origin);
  });

  test('asks for user name and password on a terminal, and shows the password nowhere', async () => {
    const [server, cli] = [await start(), await createTestCli()];
    const { code, stdout, stderr } = await cli.run(['login', server.origin], {
      answers: ['ada', 'pass word'],
    });
    expect(code).toBe(0);
    expect(server.asked[0]?.body).toEqual({ username: 'ada', password: 'pass word' });
    expect(stderr).toContain('User name: ');
    expect(stderr).toContain('Password of ada: ');
    expect(stdout + stderr).not.toContain('pass word');
  });

  test('takes user name and password from the environment', async () => {
    const [server, cli] = [await start(), await createTestCli()];
    await cli.run(['login', server.origin], { env: { BERTH_USERNAME: 'ci', BERTH_PASSWORD: 'secret' } });
    expect(server.asked[0]?.body).toEqual({ username: 'ci', password: 'secret' });
  });

  test('writes nothing when it is refused', async () => {
    const server = await start({
      openSession: () => problem(401, 'UNAUTHORIZED', 'wrong user name or password'),
    });
    const cli = await createTestCli();
    const { code, stderr } = await logIn(cli, server.origin);
    expect(code).toBe(1);
    expect(stderr).toContain('wrong user name or password (UNAUTHORIZED)');
    expect(stderr).not.toContain('pass word');
    await expect(readFile(fileOf(cli))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each([
    [['login'], 'log in where?'],
    [['login', 'http://ada:secret@localhost'], 'an origin holds no user name'],
    [['login', 'localhost'], 'a user name is missing: -u'],
    [['login', 'localhost', '-u', 'ada'], 'needs --password-stdin'],
    [['login', 'localhost', '-u', 'ada', '--password-stdin'], 'standard input holds no secret'],
  ])('of %j without a terminal is exit code 2', async (args, expected) => {
    const { code, stderr } = await (await createTestCli()).run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('secret@');
  });

  test('warns where the password can be read on its way', async () => {
    const cli = await createTestCli();
    const { stderr } = await logIn(cli, 'http://berth.invalid');
    expect(stderr).toContain('http://berth.invalid is not encrypted');
  });
});

describe('several origins', () => {
  test('the last login is the current one, and "use" changes that', async () => {
    const [first, second, cli] = [await start(), await start(), await createTestCli()];
    await logIn(cli, first.origin);
    await logIn(cli, second.origin);
    await cli.run(['whoami']);
    expect(second.asked.at(-1)?.id).toBe('getMe');
    expect((await cli.run(['use', first.origin])).stdout).toBe(`commands go to ${first.origin} now\n`);
    await cli.run(['whoami']);
    expect(first.asked.at(-1)?.id).toBe('getMe');
    const { stdout } = await cli.run(['origins']);
    expect(stdout).toMatch(new RegExp(`^${first.origin} +ada +in 11 hours +\\*$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${second.origin} +ada +in 11 hours$`, 'm'));
  });

  test('a session is sent to its own origin only', async () => {
    const [first, second, cli] = [await start(), await start(), await createTestCli()];
    await logIn(cli, first.origin);
    await cli.run(['registries', 'list', '--origin', second.origin]);
    expect(second.asked[0]?.headers).not.toHaveProperty('authorization');
  });

  test('"use" of a place without a login fails', async () => {
    const { code, stderr } = await (await createTestCli()).run(['use', 'berth.example.com']);
    expect([code, stderr]).toEqual([
      1,
      'berth: there is no login to https://berth.example.com: berth login https://berth.example.com\n',
    ]);
  });
});

describe('the environment', () => {
  test('says where and as whom, before any login', async () => {
    const [first, second, cli] = [await start(), await start(), await createTestCli()];
    await logIn(cli, first.origin);
    const env = { BERTH_ORIGIN: second.origin, BERTH_USERNAME: 'acme+ci', BERTH_PASSWORD: 'key' };
    await cli.run(['whoami'], { env });
    expect(second.asked[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('acme+ci:key').toString('base64')}`,
    );
  });

  test('with half a credential is exit code 2', async () => {
    const env = { BERTH_ORIGIN: 'localhost', BERTH_USERNAME: 'ci' };
    const { code, stderr } = await (await createTestCli()).run(['whoami'], { env });
    expect([code, stderr]).toEqual([2, 'berth: BERTH_PASSWORD is missing beside the other\n']);
  });
});

describe('logout', () => {
  test('ends the session there and forgets it here', async () => {
    const [server, cli] = [await start(), await createTestCli()];
    await logIn(cli, server.origin);
    expect((await cli.run(['logout'])).stdout).toBe(`logged out of ${server.origin}\n`);
    expect(server.asked.at(-1)).toMatchObject({
      id: 'endSession',
      headers: { authorization: 'Bearer session-token' },
    });
    expect(await loginsOf(cli)).toEqual({ current: null, origins: {} });
    expect((await cli.run(['whoami'])).code).toBe(2);
  });

  test.each([
    ['had ended already', 401, ''],
    ['could not be ended', 503, 'the session is forgotten here and ends by'],
  ])('forgets a session that %s', async (_, status, note) => {
    const server = await start({ endSession: () => problem(status, 'CODE', 'no') });
    const cli = await createTestCli();
    await logIn(cli, server.origin);
    const { code, stderr } = await cli.run(['logout', server.origin]);
    expect(code).toBe(0);
    expect(stderr).toContain(note);
    expect(stderr === '').toBe(note === '');
    expect((await loginsOf(cli)).origins).toEqual({});
  });

  test('without a login fails', async () => {
    const { code, stderr } = await (await createTestCli()).run(['logout', 'localhost:5000']);
    expect([code, stderr]).toEqual([1, 'berth: there is no login to http://localhost:5000\n']);
  });
});

test('a file that holds something else is named, and kept', async () => {
  const [server, cli] = [await start(), await createTestCli()];
  await mkdir(dirname(fileOf(cli)), { recursive: true });
  await writeFile(fileOf(cli), '{"current": 7}');
  const { code, stderr } = await logIn(cli, server.origin);
  expect(code).toBe(1);
  expect(stderr).toContain(`${fileOf(cli)} does not hold logins of berth`);
  expect(await readFile(fileOf(cli), 'utf8')).toBe('{"current": 7}');
});

test('a new password is asked for twice', async () => {
  const [server, cli] = [await start(), await createTestCli({})];
  const env = { BERTH_ORIGIN: server.origin };
  const differ = await cli.run(['users', 'create', 'bob'], { env, answers: ['one', 'two'] });
  expect([differ.code, server.asked]).toEqual([1, []]);
  expect(differ.stderr).toContain('berth: the two passwords differ\n');
  expect((await cli.run(['users', 'create', 'bob'], { env, answers: ['one-long', 'one-long'] })).code).toBe(
    0,
  );
  expect(server.asked[0]?.body).toMatchObject({ password: 'one-long' });
});
