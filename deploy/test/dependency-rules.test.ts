import { execFile } from 'node:child_process';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@berth/testing';
import { beforeAll, describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** A file, what it imports, and the rule that forbids it; null where it is allowed. */
const CASES: readonly (readonly [file: string, imported: string, rule: string | null])[] = [
  ['libs/oci/a.ts', 'node:fs', 'oci-is-pure'],
  ['libs/oci/b.ts', '@berth/contracts', 'lib-oci'],
  ['libs/contracts/a.ts', '@berth/bus', 'lib-contracts'],
  ['libs/bus/a.ts', '@berth/document-store', 'lib-bus'],
  ['libs/bus/b.ts', '../../services/metadata/service.ts', 'libs-know-no-service'],
  ['libs/bus/c.ts', '../contracts/event.ts', 'lib-by-its-door'],
  ['libs/bus/d.ts', '@nats-io/transport-node', null],
  ['libs/bus/e.ts', '@berth/contracts', null],
  ['libs/bus/f.ts', '@berth/testing', 'product-without-test-code'],
  ['libs/bus/test/f.test.ts', '@berth/testing', null],
  ['libs/runtime/a.ts', 'express', 'fence-express'],
  ['services/metadata/service.ts', '../auth-token/service.ts', 'service-knows-no-service'],
  ['services/metadata/adapters/a.ts', 'express', 'fence-express'],
  ['services/metadata/http/a.ts', 'express', null],
  ['services/metadata/adapters/b.ts', '@nats-io/transport-node', 'fence-nats'],
  ['services/metadata/adapters/c.ts', 'node:sqlite', 'fence-databases'],
  ['services/metadata/http/b.ts', '../adapters/d.ts', 'service-http'],
  ['services/metadata/rpc/a.ts', '../http/c.ts', 'service-rpc'],
  ['services/metadata/use-cases/a.ts', '../http/c.ts', 'service-use-cases'],
  ['services/metadata/tags/a.ts', '../adapters/d.ts', 'service-use-cases'],
  ['services/metadata/http/d.ts', '../use-cases/b.ts', null],
  ['deploy/embedded/a.ts', '../../services/metadata/service.ts', 'deploy-knows-no-service'],
  ['cli/a.ts', '@berth/contracts', null],
  ['cli/b.ts', '@berth/bus', 'cli-speaks-the-contract'],
  ['cli/c.ts', '../services/metadata/service.ts', 'cli-speaks-the-contract'],
  ['cli/d.ts', '@berth/testing', 'product-without-test-code'],
  ['deploy/embedded/b.ts', '../../cli/a.ts', 'deploy-knows-no-service'],
  ['services/metadata/cli.ts', '../../cli/a.ts', 'services-know-no-deploy'],
  ['libs/oci/round.ts', './trip.ts', 'no-circular'],
  ['libs/oci/nothing.ts', './not-there.ts', 'not-to-unresolvable'],
];

const OTHER_FILES = [
  'libs/oci/index.ts',
  'libs/contracts/index.ts',
  'libs/contracts/event.ts',
  'libs/bus/index.ts',
  'libs/document-store/index.ts',
  'libs/testing/index.ts',
  'services/auth-token/service.ts',
  'services/metadata/adapters/d.ts',
  'services/metadata/http/c.ts',
  'services/metadata/use-cases/b.ts',
  'test-e2e/a.ts',
];

let violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];

beforeAll(async () => {
  const folder = await realpath(await temporaryFolder());
  const write = async (file: string, text: string) => {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  const dependencies = Object.fromEntries(
    ['express', '@nats-io/transport-node', ...OTHER_FILES.map((file) => `@berth/${file.split('/')[1]}`)].map(
      (name) => [name, '1.0.0'],
    ),
  );
  await write('package.json', JSON.stringify({ name: 'sample', type: 'module', dependencies }));
  for (const file of OTHER_FILES) await write(file, 'export {};\n');
  for (const [file, imported] of CASES) await write(file, `import '${imported}';\n`);
  await write('libs/oci/trip.ts', "import './round.ts';\n");
  for (const name of ['express', '@nats-io/transport-node']) {
    await write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
    );
    await write(`node_modules/${name}/index.js`, '');
  }
  await mkdir(join(folder, 'node_modules/@berth'));
  for (const name of ['oci', 'contracts', 'bus', 'document-store', 'testing']) {
    await write(
      `libs/${name}/package.json`,
      JSON.stringify({ name: `@berth/${name}`, exports: { '.': './index.ts' }, dependencies }),
    );
    await symlink(join(folder, 'libs', name), join(folder, 'node_modules/@berth', name));
  }
  const config = join(root, '.dependency-cruiser.mjs');
  const args = ['--config', config, '--output-type', 'json', 'libs', 'services', 'deploy', 'cli', 'test-e2e'];
  const text = await new Promise<string>((resolve, reject) => {
    const command = join(root, 'node_modules/.bin/depcruise');
    execFile(command, args, { cwd: folder, maxBuffer: 64 << 20 }, (error, stdout) =>
      stdout === '' ? reject(error) : resolve(stdout),
    );
  });
  violations = (JSON.parse(text) as { summary: { violations: typeof violations } }).summary.violations;
});

describe('the direction of imports', () => {
  test.each(CASES)('%s importing %s: %s', (file, _imported, rule) => {
    const names = violations.filter(({ from }) => from === file).map((one) => one.rule.name);
    if (rule === null) expect(names).toEqual([]);
    else expect(names).toContain(rule);
  });
});
