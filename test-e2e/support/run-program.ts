import { spawn } from 'node:child_process';
import { findProgram } from './find-program.ts';
import { settings } from './settings.ts';

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  /** Both streams, for messages and for what a client prints of an error. */
  readonly output: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program with a bare environment and gives its exit code and output; it is killed after `timeoutMs` (2 min). */
export function tryProgram(
  name: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { timeoutMs = 120_000, input = '', cwd } = options;
  const env = { PATH: settings.path, LANG: 'C.UTF-8', ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(findProgram(name), args, { env, ...(cwd !== undefined && { cwd }) });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, output });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Runs a program that must succeed; gives its standard output. The error carries the command and all it wrote. */
export async function runProgram(
  name: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const result = await tryProgram(name, args, options);
  if (result.code !== 0) throw new Error(`${name} ${args.join(' ')}: exit ${result.code}\n${result.output}`);
  return result.stdout;
}
