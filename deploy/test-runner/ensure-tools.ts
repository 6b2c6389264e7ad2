import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProgram } from './run-program.ts';

/** What the tests start, by program and Debian package. */
const PACKAGES = {
  'nats-server': 'nats-server',
  nginx: 'nginx-light',
  skopeo: 'skopeo',
  dockerd: 'docker.io',
} as const;

/** Clients and suites that are built from the module proxy, pinned. */
const GO_PROGRAMS = {
  conformance: 'github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111',
  crane: 'github.com/google/go-containerregistry/cmd/crane@v0.21.9',
  oras: 'oras.land/oras/cmd/oras@v1.3.3',
  regctl: 'github.com/regclient/regclient/cmd/regctl@v0.11.5',
  helm: 'helm.sh/helm/v3/cmd/helm@v3.21.4',
} as const;

/** With CI=true, installs what the tests start and is missing; else their suites are skipped and say what they lack. */
export async function ensureTools(): Promise<void> {
  process.env.PATH = [process.env.PATH, '/usr/sbin', join(homedir(), 'go/bin'), '/usr/local/go/bin'].join(
    delimiter,
  );
  if (process.env.CI !== 'true') return;
  const packages = (await missing(Object.keys(PACKAGES))).map(
    (name) => PACKAGES[name as keyof typeof PACKAGES],
  );
  if (packages.length > 0 && process.getuid?.() === 0) {
    const install = 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends';
    await runOrThrow('sh', ['-c', `apt-get update -qq && ${install} ${packages.join(' ')}`]);
  }
  for (const name of await missing(Object.keys(GO_PROGRAMS))) {
    await runOrThrow('go', ['install', GO_PROGRAMS[name as keyof typeof GO_PROGRAMS]]);
  }
}

async function missing(programs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    programs.map((program) => runProgram('sh', ['-c', `command -v ${program}`], { cwd: '/' })),
  );
  return programs.filter((_, index) => found[index]?.exitCode !== 0);
}

async function runOrThrow(command: string, args: readonly string[]): Promise<void> {
  process.stdout.write(`installing: ${command} ${args.join(' ')}\n`);
  const { exitCode, output } = await runProgram(command, args, { cwd: '/' });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
}
