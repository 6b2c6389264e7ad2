import { isManagementError } from '@berth/management-client';
import { CommandError } from './command-error.ts';
import { commandTree } from './command-tree.ts';
import { printable } from './output/format.ts';
import { UsageError } from './usage-error.ts';
import { type World, write } from './world.ts';

/**
 * Runs one command line, without the program's name. Resolves with the exit code: 0; 1 when the command failed, with one line
 * on standard error; 2 when the command line is wrong.
 */
export async function runBerth(world: World, args: readonly string[], version: string): Promise<number> {
  let help = '';
  try {
    await commandTree(world, version).parseAsync([...args], {}, (_error, _args, output) => {
      help = output;
    });
    if (help !== '') await write(world.stdout, `${help}\n`);
    return 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
    await write(world.stderr, `berth: ${describe(error)}\n`);
    return isUsageError(error) ? 2 : 1;
  }
}

/** What went wrong in one line; an error that nobody foresaw with its stack, which helps to report it. */
function describe(error: unknown): string {
  if (isManagementError(error)) {
    const wait = error.retryAfterSeconds === null ? '' : `; try again in ${error.retryAfterSeconds} s`;
    const hint = error.status === 401 ? '; "berth login" opens a session' : '';
    return printable(`${error.message} (${error.code})${wait}${hint}`);
  }
  if (isUsageError(error) || error instanceof CommandError) return printable((error as Error).message);
  return (error as Error).stack ?? String(error);
}

/** YError is what yargs throws. */
function isUsageError(error: unknown): boolean {
  return error instanceof UsageError || (error as Error).name === 'YError';
}
