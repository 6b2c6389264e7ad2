import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { E2eTarget } from '../support/e2e-target.ts';
import { programPath } from '../support/find-program.ts';
import { runProgram } from '../support/run-program.ts';

/** The command lines of the clients, logged in at one target, in homes of their own. */
export interface ArtifactClients {
  readonly folder: string;
  oras(...args: string[]): Promise<string>;
  regctl(...args: string[]): Promise<string>;
  crane(...args: string[]): Promise<string>;
  skopeo(...args: string[]): Promise<string>;
  helm(...args: string[]): Promise<string>;
}

/** Logs in whichever of them this machine has. */
export async function loggedInClients(target: E2eTarget, parent: string): Promise<ArtifactClients> {
  const folder = await mkdtemp(join(parent, 'artifacts-'));
  const { host, username, password } = target;
  const env = {
    HOME: folder,
    DOCKER_CONFIG: join(folder, 'docker'),
    REGCTL_CONFIG: join(folder, 'regctl.json'),
    REGISTRY_AUTH_FILE: join(folder, 'skopeo.json'),
  };
  await mkdir(env.DOCKER_CONFIG);
  const program =
    (name: string) =>
    (...args: string[]): Promise<string> =>
      runProgram(name, args, { env, cwd: folder, timeoutMs: 240_000 });
  const [oras, regctl, crane] = [program('oras'), program('regctl'), program('crane')];
  const [skopeo, helm] = [program('skopeo'), program('helm')];
  const has = (name: string): boolean => programPath(name) !== null;
  if (has('oras')) await oras('login', '--plain-http', '-u', username, '-p', password, host);
  if (has('crane')) await crane('auth', 'login', host, '-u', username, '-p', password);
  if (has('skopeo')) await skopeo('login', '--tls-verify=false', '-u', username, '-p', password, host);
  if (has('helm')) await helm('registry', 'login', host, '--plain-http', '-u', username, '-p', password);
  if (has('regctl')) {
    await regctl('registry', 'set', host, '--tls', 'disabled', '--skip-check');
    await regctl('registry', 'login', host, '-u', username, '-p', password);
  }
  return { folder, oras, regctl, crane, skopeo, helm };
}
