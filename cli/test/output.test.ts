import {
  type Answers,
  type ContractServer,
  SAMPLE_DIGEST,
  SAMPLE_SECRET,
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

/** Registries `r1` to `r5` in pages of two. */
const FIVE: Answers = {
  listRegistries: ({ query }) => {
    const first = Number(query.after ?? '1');
    const names = [first, first + 1].filter((number) => number <= 5).map((number) => `r${number}`);
    const items = names.map((name) => ({ ...SAMPLES.registry.value, name }));
    return { body: { items, next: first + 2 <= 5 ? String(first + 2) : null } };
  },
};

describe('a list', () => {
  test('is a table with short digests and relative times', async () => {
    const cli = await start();
    const { stdout } = await cli.run(['tags', 'list', 'acme/team/web']);
    expect(stdout.split('\n')).toEqual([
      'TAG   DIGEST                UPDATED          PULLED',
      '1.0   sha256:0123456789ab   10 minutes ago   -',
      '',
    ]);
  });

  test('shows whole digests, exact times and more columns with --wide', async () => {
    const cli = await start();
    const { stdout } = await cli.run(['tags', 'list', 'acme/team/web', '--wide']);
    expect(stdout).toMatch(/^TAG +DIGEST +UPDATED +PULLED +BY\n/);
    expect(stdout).toMatch(new RegExp(`^1\\.0 +${SAMPLE_DIGEST} +2030-01-02T03:04:05\\.000Z +- +ada$`, 'm'));
  });

  test('sets numbers to the right and names images as docker does', async () => {
    const cli = await start();
    const { stdout } = await cli.run(['images', 'list', 'acme']);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'IMAGE           TAGS   ARTIFACTS      SIZE   PULLS   UPDATED',
      'acme/team/web      3           2   12.3 MB    1234   10 minutes ago',
    ]);
  });

  test('goes over all pages', async () => {
    const cli = await start(FIVE);
    expect((await cli.run(['registries', 'list', '-q'])).stdout).toBe('r1\nr2\nr3\nr4\nr5\n');
    expect(JSON.parse((await cli.run(['registries', 'list', '--json'])).stdout)).toEqual(
      ['r1', 'r2', 'r3', 'r4', 'r5'].map((name) => ({ ...SAMPLES.registry.value, name })),
    );
  });

  test('ends at --limit, asks for no further page, and says that there is more', async () => {
    const cli = await start(FIVE);
    const { stdout, stderr } = await cli.run(['registries', 'list', '--limit', '3']);
    expect(stdout).toMatch(/^NAME.*\nr1.*\nr2.*\nr3.*\n$/);
    expect(stderr).toBe('berth: the first 3; --limit shows more\n');
    expect(server?.asked).toHaveLength(2);
    expect((await cli.run(['registries', 'list', '-q', '--limit', '2'])).stderr).toBe('');
    expect((await cli.run(['registries', 'list', '--limit', '5'])).stderr).toBe('');
  });

  test.each([
    [[], 'NAME   VISIBILITY   STATE   CREATED   DESCRIPTION\n'],
    [['--json'], '[]\n'],
    [['-q'], ''],
  ])('of nothing with %j is an empty one', async (flags, expected) => {
    const cli = await start({ listRegistries: () => ({ body: { items: [], next: null } }) });
    expect(await cli.run(['registries', 'list', ...flags])).toEqual({
      code: 0,
      stdout: expected,
      stderr: '',
    });
  });

  test('cannot move the cursor or recolour the terminal', async () => {
    const description = 'red \u001b[31m\nand \u009b2J, \u202eturned';
    const cli = await start({ getRegistry: () => ({ body: { ...SAMPLES.registry.value, description } }) });
    const { stdout } = await cli.run(['registries', 'get', 'acme']);
    expect(stdout).toContain('red  [31m and  2J,  turned\n');
  });
});

describe('one thing', () => {
  test('has a line for each field', async () => {
    const cli = await start();
    const { stdout } = await cli.run(['artifacts', 'get', 'acme/team/web:1.0']);
    expect(stdout).toContain(`digest:      ${SAMPLE_DIGEST}\n`);
    expect(stdout).toContain('platforms:   linux/amd64\n');
    expect(stdout).toMatch(
      /^layers: +sha256:0123456789ab {2}4\.1 kB {2}application\/vnd\.oci\.image\.layer/m,
    );
  });

  test('is with --json exactly what the API says', async () => {
    const cli = await start();
    const { stdout } = await cli.run(['webhooks', 'get', 'w-1', '--json']);
    expect(JSON.parse(stdout)).toEqual(SAMPLES.webhook.value);
  });

  test('is with -q the name that other commands take', async () => {
    const cli = await start();
    expect((await cli.run(['robots', 'get', 'r-1', '-q'])).stdout).toBe('acme+ci\n');
  });
});

describe('a secret', () => {
  test.each([
    ['keys create laptop', new RegExp(`^secret: +${SAMPLE_SECRET}$`, 'm')],
    ['keys create laptop -q', new RegExp(`^k-1 ${SAMPLE_SECRET}\n$`)],
    ['keys create laptop --json', new RegExp(`^ {2}"secret": "${SAMPLE_SECRET}"`, 'm')],
    ['robots create acme ci --role developer -q', new RegExp(`^acme\\+ci ${SAMPLE_SECRET}\n$`)],
  ])('is shown once by "%s", with a note beside', async (command, expected) => {
    const cli = await start();
    const { stdout, stderr } = await cli.run(command.split(' '));
    expect(stdout).toMatch(expected);
    expect(stderr).toBe('berth: the secret is shown this once\n');
  });
});

describe('help', () => {
  test.each([['--help'], ['tags --help'], ['tags set --help']])(
    'of "%s" goes to standard output',
    async (command) => {
      const cli = await start();
      const { code, stdout, stderr } = await cli.run(command.split(' '));
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('berth');
      expect(stdout).toContain('--json');
    },
  );

  test('has the version', async () => {
    expect((await (await start()).run(['--version'])).stdout).toBe('1.2.3\n');
  });
});
