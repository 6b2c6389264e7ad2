import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANAGEMENT_API, type OperationId } from '@berth/contracts';
import { type ContractServer, startContractServer } from '@berth/management-client/testing';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, ELSEWHERE } from './command-cases.ts';
import { createTestCli } from './run-cli.ts';

describe('each command', () => {
  let server: ContractServer;
  let caFile: string;

  beforeAll(async () => {
    server = await startContractServer();
    caFile = join(await temporaryFolder(), 'ca.pem');
    await writeFile(caFile, 'a certificate\n');
  });
  afterAll(() => server.stop());

  test.each(CASES)('berth %s', async (command, call) => {
    const cli = await createTestCli({ BERTH_ORIGIN: server.origin });
    const args = command.split(' ').map((word) => (word === 'CA' ? caFile : word));
    const input = 'from standard input\n';
    const shown = await cli.run(args, { input });
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/\S.*\n$/s) });
    const { id, params, query, body } = server.asked.at(-1) ?? {};
    const expected = Object.keys(call);
    expect(
      Object.fromEntries(
        Object.entries({ id, params, query, body }).filter(([key]) => expected.includes(key)),
      ),
    ).toEqual(call);
    for (const flag of ['--json', '-q']) {
      const { code, stdout } = await cli.run([...args, flag], { input });
      expect(code).toBe(0);
      if (stdout !== '' && flag === '--json') JSON.parse(stdout);
    }
  });

  test('there is one for every operation', () => {
    const covered = new Set([...CASES.map(([, { id }]) => id), ...ELSEWHERE]);
    expect(Object.keys(MANAGEMENT_API).filter((id) => !covered.has(id as OperationId))).toEqual([]);
  });
});
