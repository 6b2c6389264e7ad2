import {
  type Answers,
  type ContractServer,
  problem,
  SAMPLES,
  startContractServer,
} from '@berth/management-client/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createTestCli } from './run-cli.ts';

let server: ContractServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(answers: Answers = {}) {
  server = await startContractServer(answers);
  return await createTestCli({ BERTH_ORIGIN: server.origin });
}

describe('an error', () => {
  test('of the API is one line with detail and code, and exit code 1', async () => {
    const detail = 'registry "acme" exists\nalready';
    const cli = await start({ createRegistry: () => problem(409, 'NAME_TAKEN', detail) });
    expect(await cli.run(['registries', 'create', 'acme', '--json'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'berth: registry "acme" exists already (NAME_TAKEN)\n',
    });
  });

  test('of a missing login says how to log in', async () => {
    const cli = await start({ getMe: () => problem(401, 'UNAUTHORIZED', 'this needs a login') });
    expect((await cli.run(['whoami'])).stderr).toBe(
      'berth: this needs a login (UNAUTHORIZED); "berth login" opens a session\n',
    );
  });

  test('of too many tries says when to try again', async () => {
    const refused = problem(429, 'TOO_MANY_REQUESTS', 'too many failed logins');
    const cli = await start({
      getMe: () => ({ ...refused, headers: { ...refused.headers, 'Retry-After': '30' } }),
    });
    expect((await cli.run(['whoami'])).stderr).toContain('(TOO_MANY_REQUESTS); try again in 30 s\n');
  });

  test('of a sample event that was not taken is exit code 1', async () => {
    const failed = { ...SAMPLES.deliveryDetail.value, state: 'failed', status: 500, error: 'status 500' };
    const cli = await start({ testWebhook: () => ({ body: failed }) });
    const { code, stdout, stderr } = await cli.run(['webhooks', 'test', 'w-1']);
    expect([code, stderr]).toEqual([1, 'berth: the sample was not taken: status 500\n']);
    expect(stdout).toMatch(/^state: +failed$/m);
  });

  test.each([
    ['robots get acme+ci', 'robot account "acme+ci" does not exist'],
    ['webhooks get acme/ci', 'webhook "ci" does not exist in registry "acme"'],
    ['grants delete user:bob viewer acme -y', '"user:bob" is not granted viewer in acme'],
  ])('of "%s" names what does not exist', async (command, expected) => {
    const none = () => ({ body: { items: [], next: null } });
    const cli = await start({ listRobots: none, listWebhooks: none, listGrants: none });
    expect(await cli.run(command.split(' '))).toEqual({
      code: 1,
      stdout: '',
      stderr: `berth: ${expected}\n`,
    });
  });

  test.each([
    ['', 'a command is missing'],
    ['registries', 'registries what?'],
    ['regstries list', 'Did you mean registries?'],
    ['registries get', 'Not enough non-option arguments'],
    ['registries get acme more', 'Unknown argument: more'],
    ['registries list --jsn', 'Unknown argument: jsn'],
    ['registries list --json -q', 'mutually exclusive'],
    ['registries list --limit 0', '--limit must be a whole number above zero'],
    ['registries create a --description b --description c', '--description is given twice'],
    ['registries update acme', 'nothing to change'],
    ['users update bob', 'nothing to change'],
    ['robots create acme ci', 'Missing required argument: role'],
    ['grants create user:bob owner acme', 'Choices: "maintainer"'],
    ['images get acme', '"acme" names no image'],
    ['images get acme/web:1.0', 'leave out tag and digest'],
    ['tags get acme/web', '"acme/web" names no tag'],
    ['artifacts delete acme/web:1.0 --yes', 'has no digest; "berth tags delete"'],
    ['artifacts get acme/web@sha256:12', '"sha256:12" is no digest'],
    ['keys create --expires 2029-12-31', '"2029-12-31" is not in the future'],
    ['keys create --expires soon', '"soon" is no time'],
    ['users create bob', 'needs --password-stdin'],
    ['registries list --origin https://a.example/path', 'is not an origin'],
  ])('of the command line "%s" is exit code 2, and nothing is asked', async (command, expected) => {
    const cli = await start();
    const { code, stdout, stderr } = await cli.run(command === '' ? [] : command.split(' '));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^berth: [^\n]+\n$/);
    expect(stderr).toContain(expected);
    expect(server?.asked).toEqual([]);
  });
});

describe('deleting', () => {
  const command = ['tags', 'delete', 'acme/team/web:1.0'];

  test('asks first on a terminal', async () => {
    const cli = await start();
    const { code, stdout, stderr } = await cli.run(command, { answers: ['y'] });
    expect([code, stdout]).toEqual([0, 'tag acme/team/web:1.0 deleted\n']);
    expect(stderr).toContain('Delete tag acme/team/web:1.0? [y/N] ');
    expect(server?.asked).toHaveLength(1);
  });

  test.each(['', 'n', 'yikes'])('deletes nothing after the answer %j', async (answer) => {
    const cli = await start();
    const { code, stderr } = await cli.run(command, { answers: [answer] });
    expect(code).toBe(1);
    expect(stderr).toContain('berth: nothing was deleted\n');
    expect(server?.asked).toEqual([]);
  });

  test('needs --yes where nobody can be asked', async () => {
    const cli = await start();
    const { code, stderr } = await cli.run(command, { input: 'y\n' });
    expect([code, stderr]).toEqual([2, 'berth: deleting needs --yes where nobody can be asked\n']);
    expect(server?.asked).toEqual([]);
  });

  test.each([
    ['registries delete acme --force', 'registry acme', 'deleteRegistry', SAMPLES.registry],
    ['images delete acme/team/web', 'image acme/team/web', 'deleteImage', SAMPLES.image],
  ] as const)('%s tells when %s goes in the background', async (words, what, id, sample) => {
    const body = { ...sample.value, state: 'deleting' };
    const cli = await start({ [id]: () => ({ status: 202, body }) });
    const { stdout } = await cli.run([...words.split(' '), '--yes']);
    expect(stdout).toBe(`${what} is being deleted\n`);
  });
});

test('a maintainer, who may not see how endpoints are logged in to, names one in a policy by its name', async () => {
  const denied = () => problem(403, 'DENIED', '"ann" is not admin of the system, which this needs');
  const cli = await start({ listEndpoints: denied, getEndpoint: denied });
  expect(await cli.run(['replication', 'create', 'acme', 'copies', 'west'])).toMatchObject({ code: 0 });
  const [looked, made] = server?.asked.slice(-2) ?? [];
  expect(looked).toMatchObject({ id: 'listEndpointNames', query: { registry: 'acme', name: 'west' } });
  expect(made).toMatchObject({ id: 'createReplicationPolicy', body: { endpoint: 'id-1' } });
});
