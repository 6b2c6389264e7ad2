import { join } from 'node:path';
import type { ItemOf, ListId } from '@berth/management-client';
import { createRegistryClient } from '@berth/registry-client';
import { buildArtifact, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { type ProgramResult, tryProgram } from '../support/run-program.ts';

const PROGRAM = join(import.meta.dirname, '../../cli/berth.mjs');

describe('the command line against a whole Berth', () => {
  const image = buildImage({ layers: randomLayers(2, 5_000) });
  const signature = buildArtifact({ artifactType: 'application/vnd.example.signature', subject: image });
  let product: BerthProduct;
  let home: string;

  beforeAll(async () => {
    [product, home] = await Promise.all([startBerthProduct(), temporaryFolder()]);
    const password = product.password;
    const login = await berth(['login', product.origin, '-u', 'admin', '--password-stdin'], {
      input: password,
    });
    expect(login).toMatchObject({ code: 0 });
    expect(await berth(['registries', 'create', 'acme', '--description', 'Team Acme'])).toMatchObject({
      code: 0,
    });
    const { origin: url, username } = product;
    const client = createRegistryClient({ url, credentials: { username, password } });
    await pushManifest(client, 'acme/team/web', { manifest: image, tag: '1.0' });
    await pushManifest(client, 'acme/team/web', { manifest: signature });
    await client.close();
  });

  afterAll(() => product?.stop());

  function berth(
    args: readonly string[],
    options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<ProgramResult> {
    const { input = '', env } = options;
    return tryProgram('node', [PROGRAM, ...args], { input, env: { HOME: home, ...env } });
  }

  async function listOf<Id extends ListId>(...args: readonly string[]): Promise<ItemOf<Id>[]> {
    const { code, stdout } = await berth([...args, '--json']);
    expect(code).toBe(0);
    return JSON.parse(stdout);
  }

  test('knows who is logged in', async () => {
    expect(await berth(['whoami', '-q'])).toMatchObject({ code: 0, stdout: 'admin\n' });
  });

  test('lists what was pushed', async () => {
    expect((await berth(['registries', 'list'])).stdout).toMatch(/^acme +private +active +.*Team Acme$/m);
    expect(await listOf<'listImages'>('images', 'list', 'acme')).toMatchObject([
      { name: 'team/web', registry: 'acme' },
    ]);
    expect(await listOf<'listArtifacts'>('artifacts', 'list', 'acme/team/web')).toMatchObject([
      { digest: image.digest, tags: ['1.0'] },
    ]);
    const all = await listOf<'listArtifacts'>('artifacts', 'list', 'acme/team/web', '--attached');
    expect(all.map(({ digest }) => digest).sort()).toEqual([image.digest, signature.digest].sort());
  });

  test('shows an artifact by its tag, with its layers and what refers to it', async () => {
    const { stdout } = await berth(['artifacts', 'get', `${product.host}/acme/team/web:1.0`]);
    expect(stdout).toMatch(new RegExp(`^digest: +${image.digest}$`, 'm'));
    expect(stdout).toMatch(/^layers: +sha256:.{12} {2}5 kB {2}application\/vnd\.oci\.image\.layer/m);
    expect(stdout).toMatch(
      new RegExp(
        `^referrers: +${signature.digest.slice(0, 19)} .* application/vnd\\.example\\.signature$`,
        'm',
      ),
    );
  });

  test('moves and deletes tags, and the artifact stays', async () => {
    const set = await berth(['tags', 'set', 'acme/team/web:stable', '1.0']);
    expect(set).toMatchObject({ code: 0 });
    expect((await listOf<'listTags'>('tags', 'list', 'acme/team/web')).map(({ name }) => name)).toEqual([
      '1.0',
      'stable',
    ]);
    expect(await berth(['tags', 'set', 'acme/team/web:stable', '1.0', '--new'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('(PRECONDITION_FAILED)'),
    });
    expect(await berth(['tags', 'delete', 'acme/team/web:stable'])).toMatchObject({
      code: 2,
      output: expect.stringContaining('--yes'),
    });
    expect(await berth(['tags', 'delete', 'acme/team/web:stable', '--yes'])).toMatchObject({ code: 0 });
    expect((await berth(['tags', 'list', 'acme/team/web', '-q'])).stdout).toBe('1.0\n');
  });

  test('changes a registry', async () => {
    const { stdout } = await berth(['registries', 'update', 'acme', '--visibility', 'public', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ visibility: 'public', description: 'Team Acme' });
  });

  test('says in one line what was refused, with exit code 1', async () => {
    for (const [args, code] of [
      [['registries', 'create', 'acme'], 'NAME_TAKEN'],
      [['registries', 'create', 'Acme'], 'NAME_INVALID'],
      [['registries', 'get', 'nobody'], 'REGISTRY_NOT_FOUND'],
      [['images', 'get', 'acme/nothing'], 'IMAGE_NOT_FOUND'],
      [['tags', 'get', 'acme/team/web:2.0'], 'TAG_NOT_FOUND'],
      [['registries', 'delete', 'acme', '--yes'], 'REGISTRY_NOT_EMPTY'],
    ] as const) {
      const { code: exitCode, stdout, output } = await berth([...args]);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(output).toMatch(new RegExp(`^berth: [^\\n]+ \\(${code}\\)\\n$`));
    }
  });

  test('works in a script with what the environment says, and no further', async () => {
    const env = { HOME: '/nonexistent', BERTH_ORIGIN: product.origin, BERTH_USERNAME: 'admin' };
    const right = await berth(['registries', 'list', '-q'], {
      env: { ...env, BERTH_PASSWORD: product.password },
    });
    expect(right).toMatchObject({ code: 0, stdout: 'acme\n' });
    const wrong = await berth(['registries', 'list', '-q'], {
      env: { ...env, BERTH_PASSWORD: 'wrong-password' },
    });
    expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('(UNAUTHORIZED)') });
    expect(wrong.output).not.toContain('wrong-password');
  });

  test('deletes an artifact, an image, a registry with all in it; and logs out', async () => {
    expect(await berth(['artifacts', 'delete', `acme/team/web@${image.digest}`, '-y'])).toMatchObject({
      code: 0,
    });
    expect((await berth(['artifacts', 'get', `acme/team/web@${image.digest}`])).output).toContain(
      '(ARTIFACT_NOT_FOUND)',
    );
    expect(await berth(['images', 'delete', 'acme/team/web', '-y'])).toMatchObject({ code: 0 });
    expect(await berth(['registries', 'delete', 'acme', '--force', '-y'])).toMatchObject({
      code: 0,
      stdout: 'registry acme is being deleted\n',
    });
    expect(await berth(['logout'])).toMatchObject({ code: 0 });
    expect(await berth(['whoami'])).toMatchObject({ code: 2 });
  });
});
