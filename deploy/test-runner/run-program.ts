import { type ChildProcess, spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it says goes to the terminal as it comes, and is not kept. */
  readonly show?: boolean;
}

const running = new Set<ChildProcess>();

/** Runs a program to its end; `output` is what it said on both streams. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env = process.env, show = false }: RunOptions,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const stream = show ? 'inherit' : 'pipe';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', stream, stream] });
    running.add(child);
    const said: Buffer[] = [];
    for (const output of [child.stdout, child.stderr])
      output?.on('data', (chunk: Buffer) => said.push(chunk));
    child.once('error', (cause) => {
      running.delete(child);
      reject(new Error(`${command} cannot be run: ${cause.message}`, { cause }));
    });
    child.once('close', (code) => {
      running.delete(child);
      resolve({ exitCode: code ?? 1, output: Buffer.concat(said).toString() });
    });
  });
}

/** For the end of this process before its time. */
export function endRunning(): void {
  for (const child of running) child.kill('SIGTERM');
}
