import yargs from 'yargs';
import { type Cli, type Commands, createAct, refuseRepeated } from './command.ts';
import { artifactCommands } from './commands/artifacts.ts';
import { withAuditCommand } from './commands/audit.ts';
import { cleanupCommands } from './commands/cleanup.ts';
import { withCompletionCommand } from './commands/completion.ts';
import { deliveryCommands } from './commands/deliveries.ts';
import { endpointCommands } from './commands/endpoints.ts';
import { withExplainCommand } from './commands/explain.ts';
import { grantCommands } from './commands/grants.ts';
import { imageCommands } from './commands/images.ts';
import { keyCommands } from './commands/keys.ts';
import { withLoginCommands } from './commands/login.ts';
import { withOriginCommands } from './commands/origins.ts';
import { protectionCommands } from './commands/protection.ts';
import { registryCommands } from './commands/registries.ts';
import { replicationCommands } from './commands/replication.ts';
import { robotCommands } from './commands/robots.ts';
import { sweepCommands } from './commands/sweeps.ts';
import { tagCommands } from './commands/tags.ts';
import { userCommands } from './commands/users.ts';
import { webhookCommands } from './commands/webhooks.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

const GROUPS: readonly (readonly [name: string, describe: string, commands: Commands])[] = [
  ['registries', 'What a team has: the first part of a docker name', registryCommands],
  ['images', 'What a registry holds', imageCommands],
  ['artifacts', 'Manifests of an image, named by digest', artifactCommands],
  ['tags', 'Names that point at artifacts', tagCommands],
  ['users', 'People', userCommands],
  ['keys', 'My access keys', keyCommands],
  ['robots', 'Accounts for programs', robotCommands],
  ['grants', 'Who holds which role where', grantCommands],
  ['protection', 'Policies that keep tags from being moved or deleted', protectionCommands],
  ['cleanup', 'Policies that have old artifacts deleted, and their runs', cleanupCommands],
  ['endpoints', 'Registries elsewhere that may be replicated with', endpointCommands],
  [
    'replication',
    'Policies that copy images to other registries or from there, and their runs',
    replicationCommands,
  ],
  ['sweeps', 'Deletion of the bytes that no image needs any more', sweepCommands],
  [
    'webhooks',
    'Events sent to other systems',
    (cli, act) => deliveryCommands(webhookCommands(cli, act), act),
  ],
];

/** The parser with all commands, which do their work on `world`. It neither prints nor ends the process by itself. */
export function commandTree(world: World, version: string): Cli {
  const act = createAct(world);
  let cli = options(version);
  cli = withOriginCommands(withLoginCommands(cli, act, world), world);
  for (const [name, describe, commands] of GROUPS)
    cli = cli.command(name, describe, (y) =>
      commands(y, act).demandCommand(1, 1, `${name} what? See --help`),
    );
  return withCompletionCommand(withAuditCommand(withExplainCommand(cli, act), act), world);
}

function options(version: string): Cli {
  return yargs()
    .scriptName('berth')
    .usage('$0 <command>\n\nThe command line of the Berth container registry platform.')
    .option('origin', {
      type: 'string',
      requiresArg: true,
      describe: 'which Berth; default: that of the last login',
    })
    .option('json', { type: 'boolean', conflicts: 'quiet', describe: 'the JSON of the API' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'names only' })
    .option('wide', {
      alias: 'w',
      type: 'boolean',
      describe: 'more columns, whole digests, exact times',
    })
    .parserConfiguration({
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-positional-numbers': false,
    })
    .completion('completion-words', false, completeWords)
    .check((args) => {
      refuseRepeated(args);
      return true;
    }, true)
    .demandCommand(1, 1, 'a command is missing: berth --help lists them')
    .strict()
    .recommendCommands()
    .version(version)
    .alias('help', 'h')
    .locale('en')
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    })
    .wrap(100);
}

/** What yargs offers, without one-letter options, which it writes with two dashes. */
function completeWords(
  _current: string,
  _args: unknown,
  offer: (done: (error: Error | null, words: string[] | undefined) => unknown) => unknown,
  done: (words: string[]) => unknown,
): void {
  offer((_error, words = []) => done(words.filter((word) => !/^--?[a-z](?::|$)/.test(word))));
}
