import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../support/find-program.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

const run = promisify(execFile);
const CLIENT = join(import.meta.dirname, 'load-client.ts');

/** What a registry still does after its last answer is not to fall into the turn of the next. */
const REST_MS = 1_500;

/** Runs the job in a process of its own, after what earlier ones wrote has gone to the disk. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  await run('sync');
  await pause(REST_MS);
  const args = ['--disable-warning=ExperimentalWarning', CLIENT, JSON.stringify(job)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1024 * 1024 });
  return JSON.parse(stdout);
}

/** Requests per second of `wrk -t2 -c32` for one URL. Any answer that is no 2xx or 3xx, or a socket error, fails it. */
export async function runWrk(url: string, headers: Record<string, string>, seconds: number): Promise<number> {
  const args = ['-t2', '-c32', `-d${seconds}s`];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
  const { stdout } = await run(findProgram('wrk'), [...args, url]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk ${url}:\n${stdout}`);
  return Number(rate);
}
