import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@berth/testing';
import { runProgram } from '../support/run-program.ts';

/** A registry as cosign and helm are told of it. */
export interface ToolTarget {
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  /** Path of the certificate of its own authority. */
  readonly authority?: string;
}

/** cosign and helm, logged in at any of the targets, with one key and one chart. */
export interface ArtifactTools {
  /** Signs a digest of a repository with the key, as a tag beside it. */
  sign(target: ToolTarget, repository: string, digest: string): Promise<void>;
  /** Rejects unless the key signed what the reference (`acme/web:1.0`) names. */
  verify(target: ToolTarget, reference: string): Promise<string>;
  /** Pushes the chart `harbourmaster` 0.3.1 below a repository. */
  pushChart(target: ToolTarget, repository: string): Promise<void>;
  /** What `helm pull` and `helm show` make of it. */
  showChart(target: ToolTarget, repository: string): Promise<string>;
}

export async function prepareTools(targets: readonly ToolTarget[]): Promise<ArtifactTools> {
  const folder = await temporaryFolder();
  const auths = Object.fromEntries(
    targets.map(({ origin, username, password }) => [
      new URL(origin).host,
      { auth: Buffer.from(`${username}:${password}`).toString('base64') },
    ]),
  );
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ auths }));
  const env = { HOME: folder, DOCKER_CONFIG: folder, HELM_REGISTRY_CONFIG: config, COSIGN_PASSWORD: '' };
  const run = (name: string, args: readonly string[], more: Record<string, string> = {}) =>
    runProgram(name, args, { env: { ...env, ...more }, cwd: folder, timeoutMs: 120_000 });

  const hostOf = ({ origin }: ToolTarget) => new URL(origin).host;
  const trust = ({ authority }: ToolTarget) =>
    authority === undefined ? ['--plain-http'] : ['--ca-file', authority];
  async function cosign(target: ToolTarget, args: readonly string[]): Promise<string> {
    const { authority } = target;
    const [verb = '', ...rest] = args;
    if (authority !== undefined) return await run('cosign', args, { SSL_CERT_FILE: authority });
    return await run('cosign', [verb, '--allow-http-registry', ...rest]);
  }

  let keyMade: Promise<unknown> | undefined;
  async function makeKey(): Promise<void> {
    keyMade ??= run('cosign', ['generate-key-pair']);
    await keyMade;
  }

  return {
    async sign(target, repository, digest) {
      await makeKey();
      const how = ['--key', 'cosign.key', '--tlog-upload=false', '--yes'];
      await cosign(target, ['sign', ...how, `${hostOf(target)}/${repository}@${digest}`]);
    },
    verify: (target, reference) =>
      cosign(target, [
        ...['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog'],
        `${hostOf(target)}/${reference}`,
      ]),
    async pushChart(target, repository) {
      const chart = join(folder, 'harbourmaster');
      await mkdir(join(chart, 'templates'), { recursive: true });
      await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: harbourmaster\nversion: 0.3.1\n');
      await writeFile(
        join(chart, 'templates', 'note.yaml'),
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n',
      );
      await run('helm', ['package', 'harbourmaster']);
      const to = `oci://${hostOf(target)}/${repository}`;
      await run('helm', ['push', 'harbourmaster-0.3.1.tgz', to, ...trust(target)]);
    },
    async showChart(target, repository) {
      const from = [`oci://${hostOf(target)}/${repository}/harbourmaster`, '--version', '0.3.1'];
      const pulled = join(folder, `pulled-${new URL(target.origin).port}`);
      await mkdir(pulled, { recursive: true });
      await run('helm', ['pull', ...from, ...trust(target), '-d', pulled]);
      return await run('helm', ['show', 'chart', join(pulled, 'harbourmaster-0.3.1.tgz')]);
    },
  };
}
