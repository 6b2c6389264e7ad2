import { spawn } from 'node:child_process';

/** Runs a program to its end; `output` is what it said on both streams. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string },
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => said.push(chunk));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output: Buffer.concat(said).toString() }));
  });
}
