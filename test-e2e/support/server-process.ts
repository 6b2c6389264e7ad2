import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server started for a test or measurement; it never outlives `stop`. */
export interface ServerProcess {
  readonly pid: number;
  /** What it wrote last, for messages. */
  output(): string;
  hasEnded(): boolean;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

const KEPT_OUTPUT = 16_384;

/** Starts a program; what it writes is kept for messages only. */
export function startServerProcess(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): ServerProcess {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => keep(Buffer.from(`${command}: ${error.message}\n`)));
  return {
    pid: child.pid ?? -1,
    output: () => output,
    hasEnded: () => hasEnded(child),
    stop: (graceMs = 10_000) => stopChild(child, graceMs),
  };
}

/** Waits until `url` answers anything below 500; fails early, with its output, when the server ends. */
export async function waitForHttp(server: ServerProcess, url: string, timeoutMs = 20_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    if (server.hasEnded()) throw new Error(`the server ended before it answered ${url}:\n${server.output()}`);
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 599,
    );
    if (status < 500) return;
    if (Date.now() > until) throw new Error(`no answer at ${url} in ${timeoutMs} ms:\n${server.output()}`);
    await sleep(50);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}
