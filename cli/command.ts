import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { createOutput, type Output, type OutputOptions } from './output/output.ts';
import { openClient } from './session.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** The options of every command. */
export interface GlobalOptions extends OutputOptions {
  readonly origin?: string | undefined;
}

export type Cli = Argv<GlobalOptions>;

/** What a command works with. */
export interface Context {
  readonly world: World;
  readonly client: ManagementClient;
  readonly output: Output;
}

/** Makes a handler of a command's work. */
export type Act = <Args extends GlobalOptions>(
  work: (context: Context, args: Args) => Promise<void>,
) => (args: Args) => Promise<void>;

/** Commands of one word: `registries` and what is below. */
export type Commands = (cli: Cli, act: Act) => Cli;

export function createAct(world: World): Act {
  return (work) => async (args) => {
    const client = await openClient(world, args.origin);
    await work({ world, client, output: createOutput(world, args) }, args);
  };
}

/** `--limit` of a list; all of it by default. */
export function withLimit<Args>(cli: Argv<Args>, standard?: number) {
  const options = { type: 'number', requiresArg: true, describe: 'show at most so many' } as const;
  return cli
    .option('limit', standard === undefined ? options : { ...options, default: standard })
    .check((args) => {
      const { limit } = args as { limit?: number };
      if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
        throw new UsageError('--limit must be a whole number above zero');
      return true;
    });
}

/** `--limit`, `--search` and `--name` of a list of named things. */
export function withSearch<Args>(cli: Argv<Args>) {
  return withLimit(cli)
    .option('search', { type: 'string', requiresArg: true, describe: 'names that hold this' })
    .option('name', { type: 'string', requiresArg: true, describe: 'this name exactly' });
}

/** The query of `withSearch`, in pages no larger than what is asked for. */
export function searchQuery(args: {
  readonly limit?: number | undefined;
  readonly search?: string | undefined;
  readonly name?: string | undefined;
}) {
  return { limit: pageSize(args.limit), q: args.search, name: args.name };
}

/** The API gives at most 500 at a time. */
export function pageSize(limit: number | undefined): number {
  return Math.min(limit ?? 500, 500);
}

/** Of an option that may be given several times, a value each time; its name stands in `REPEATABLE`. */
export const REPEATED = { array: true, requiresArg: true } as const;

const REPEATABLE: readonly string[] = [
  ...['event', 'image', 'remove', 'group', 'keep', 'realm-host', 'realmHost'],
  ...['allow-remote-registry', 'allowRemoteRegistry'],
  ...['images', 'tags', 'exclude-images', 'excludeImages', 'exclude-tags', 'excludeTags'],
];

/** @throws UsageError for another option that is there twice */
export function refuseRepeated(args: object): void {
  for (const [name, value] of Object.entries(args))
    if (Array.isArray(value) && name !== '_' && !REPEATABLE.includes(name))
      throw new UsageError(`${name.length === 1 ? '-' : '--'}${name} is given twice`);
}

/** `--yes` of what removes something. */
export function withYes<Args>(cli: Argv<Args>) {
  return cli.option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'do not ask first' });
}

/** @throws UsageError when no option of an update was given */
export function requireChange(body: object): void {
  if (Object.values(body).every((value) => value === undefined))
    throw new UsageError('nothing to change: name at least one option');
}
