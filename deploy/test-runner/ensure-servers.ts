import { runProgram } from './run-program.ts';

/** What the tests start, by program and Debian package. */
const SERVERS = { 'nats-server': 'nats-server', nginx: 'nginx-light' } as const;

/** With CI=true and as root, installs the servers that are missing; else their suites say what they lack. */
export async function ensureServers(): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of Object.entries(SERVERS)) {
    const { exitCode } = await runProgram('sh', ['-c', `command -v ${program}`], { cwd: '/' });
    if (exitCode !== 0) missing.push(name);
  }
  if (missing.length === 0 || process.env.CI !== 'true' || process.getuid?.() !== 0) return;
  process.stdout.write(`installing ${missing.join(', ')}\n`);
  const install = `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${missing.join(' ')}`;
  const { exitCode, output } = await runProgram('sh', ['-c', install], { cwd: '/' });
  if (exitCode !== 0) throw new Error(`${missing.join(', ')} cannot be installed:\n${output}`);
}
