import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SAMPLE_TIME } from '@berth/management-client/testing';
import { temporaryFolder } from '@berth/testing';
import { runBerth } from '../run-berth.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What comes on standard input; it ends then. */
  readonly input?: string;
  /** Somebody sits there and gives these answers, a line for each question. */
  readonly answers?: readonly string[];
}

export interface TestCli {
  /** Its home, empty at first. */
  readonly homeFolder: string;
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
}

/** The command line in this process, with a home of its own, ten minutes after the samples. */
export async function createTestCli(env: Readonly<Record<string, string>> = {}): Promise<TestCli> {
  const homeFolder = await temporaryFolder();
  return {
    homeFolder,
    async run(args, options = {}) {
      const { answers, input = '' } = options;
      const stdin = Object.assign(new PassThrough(), {
        isTTY: answers !== undefined,
        setRawMode: () => undefined,
      });
      const stdout = new PassThrough();
      const stderr = Object.assign(new PassThrough(), { isTTY: answers !== undefined });
      const said = Promise.all([text(stdout), text(stderr)]);
      if (answers === undefined) stdin.end(input);
      else answerQuestions(stdin, stderr, answers);
      const world = {
        env: { ...env, ...options.env },
        homeFolder,
        stdin,
        stdout,
        stderr,
        now: () => new Date(Date.parse(SAMPLE_TIME) + 600_000),
        fetch,
      };
      const code = await runBerth(world, args, '1.2.3');
      stdout.end();
      stderr.end();
      const [out, err] = await said;
      return { code, stdout: out, stderr: err };
    },
  };
}

/** Types the next answer whenever a question stands there. */
function answerQuestions(stdin: PassThrough, stderr: PassThrough, answers: readonly string[]): void {
  const left = [...answers];
  stderr.on('data', (chunk: Buffer) => {
    if (/[:\]] $/.test(chunk.toString())) setImmediate(() => stdin.write(`${left.shift() ?? ''}\r`));
  });
}
