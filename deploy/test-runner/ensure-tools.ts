import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureServer, toolCache } from '../tools/ensure-server.ts';
import { NATS_SERVER, NGINX } from '../tools/find-tool.ts';
import { BUILT_WITH, buildMongoStandIn } from '../tools/mongo-stand-in/build-mongo-stand-in.ts';
import { mongoImage } from './mongo-image.ts';
import { runProgram } from './run-program.ts';

/** What the tests start besides nginx and nats-server, by program and Debian package. */
const PACKAGES: Readonly<Record<string, string>> = {
  skopeo: 'skopeo',
  dockerd: 'docker.io',
  'docker-registry': 'docker-registry',
  wrk: 'wrk',
  strace: 'strace',
  openssl: 'openssl',
  java: 'default-jdk-headless',
  javac: 'default-jdk-headless',
  mvn: 'maven',
};

/** Clients, suites and a peer that are built from the module proxy, pinned. */
const GO_PROGRAMS: Readonly<Record<string, string>> = {
  conformance: 'github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111',
  crane: 'github.com/google/go-containerregistry/cmd/crane@v0.21.9',
  oras: 'oras.land/oras/cmd/oras@v1.3.3',
  regctl: 'github.com/regclient/regclient/cmd/regctl@v0.11.5',
  cosign: 'github.com/sigstore/cosign/v2/cmd/cosign@v2.6.4',
  helm: 'helm.sh/helm/v3/cmd/helm@v3.21.4',
  registry: 'github.com/distribution/distribution/v3/cmd/registry@v3.1.1',
  versitygw: 'github.com/versity/versitygw/cmd/versitygw@v1.7.0',
  'toxiproxy-server': 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0',
  'compose-go': 'github.com/compose-spec/compose-go/v2/cmd@v2.9.1',
};

/** What `go install` calls a program that has another name here. */
const INSTALLED_AS: Readonly<Record<string, string>> = {
  'toxiproxy-server': 'server',
  'compose-go': 'cmd',
};

export interface EnsureToolsOptions {
  /** Changed: `PATH` and `BERTH_TOOLS_PATH` lead to what was found, and with `isComplete` nothing may be skipped. */
  readonly env: NodeJS.ProcessEnv;
  /** Install what is missing, and fail where that cannot be. Else the suites that need it are skipped and say so. */
  readonly isComplete: boolean;
  readonly onProgress: (line: string) => void;
}

/**
 * Makes the programs that the tests start available: nginx and nats-server always, the stand-in for MongoDB where it can
 * be built, a real one where Docker has its image, the real clients with `isComplete`.
 */
export async function ensureTools({ env, isComplete, onProgress }: EnsureToolsOptions): Promise<void> {
  const folders = [env.PATH, '/usr/sbin', join(homedir(), 'go/bin'), '/usr/local/go/bin'];
  env.PATH = folders.join(delimiter);
  const servers = [
    await ensureServer(NGINX, { env, onProgress }),
    await ensureServer(NATS_SERVER, { env, onProgress }),
  ];
  const run = { env, onProgress };
  const setToolsPath = (more: readonly string[]) => {
    const folders = [...servers.map(({ path }) => dirname(path)), ...more];
    env.BERTH_TOOLS_PATH = [...new Set(folders)].join(delimiter);
  };
  setToolsPath([]);
  const image = env.BERTH_TEST_MONGODB_IMAGE ?? (await mongoImage(env, isComplete));
  if (image !== null) env.BERTH_TEST_MONGODB_IMAGE = image;
  if (!isComplete) {
    const lacking = await missing([...Object.keys(PACKAGES), ...Object.keys(GO_PROGRAMS)], env);
    if (lacking.length > 0)
      onProgress(`without ${lacking.join(', ')}: suites that need them are skipped (CI=true installs them)`);
    if (BUILT_WITH.some((program) => lacking.includes(program))) return;
    await buildMongoStandIn(toolCache(env), run).then(
      (folder) => setToolsPath([folder]),
      (error) => onProgress(`without mongo-stand-in, whose suites are skipped: ${String(error)}`),
    );
    return;
  }
  env.BERTH_TEST_REQUIRE_TOOLS = '1';
  const packages = (await missing(Object.keys(PACKAGES), env)).map((name) => PACKAGES[name] ?? name);
  if (packages.length > 0) await installPackages([...new Set(packages)], run);
  setToolsPath([await buildMongoStandIn(toolCache(env), run)]);
  for (const name of await missing(Object.keys(GO_PROGRAMS), env)) await installGoProgram(name, run);
}

async function installGoProgram(name: string, run: RunOptions): Promise<void> {
  await runOrThrow('go', ['install', GO_PROGRAMS[name] ?? name], run);
  const folder = join(homedir(), 'go/bin');
  const installedAs = INSTALLED_AS[name];
  if (installedAs !== undefined) await rename(join(folder, installedAs), join(folder, name));
}

async function missing(programs: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const found = await Promise.all(
    programs.map((program) => runProgram('sh', ['-c', `command -v ${program}`], { cwd: '/', env })),
  );
  return programs.filter((_, index) => found[index]?.exitCode !== 0);
}

interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs Debian packages without starting the services that come with them. */
async function installPackages(packages: readonly string[], options: RunOptions): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error(
      `missing for the tests: apt-get install ${packages.join(' ')} (as root), or run without CI=true`,
    );
  const isOurPolicy = !existsSync(POLICY);
  if (isOurPolicy) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...options.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runOrThrow('apt-get', ['update', '-qq'], { ...options, env });
    const flags = ['install', '-y', '-qq', '--no-install-recommends'];
    await runOrThrow('apt-get', [...flags, ...packages], { ...options, env });
  } finally {
    if (isOurPolicy) await rm(POLICY, { force: true });
  }
}

async function runOrThrow(command: string, args: readonly string[], options: RunOptions): Promise<void> {
  options.onProgress(`${command} ${args.join(' ')}`);
  const { exitCode, output } = await runProgram(command, args, { cwd: '/', env: options.env });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
}
