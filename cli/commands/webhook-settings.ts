import { readFile } from 'node:fs/promises';
import { WEBHOOK_EVENT_TYPES } from '@berth/contracts';
import type { Argv } from 'yargs';
import { readSecret } from '../ask.ts';
import { REPEATED } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../world.ts';

/** The options of `webhooks create` and `update`. Secrets come from files, since others can read a command line. */
export function withWebhookSettings<Args>(cli: Argv<Args>) {
  return cli
    .option('event', {
      choices: WEBHOOK_EVENT_TYPES,
      ...REPEATED,
      describe: 'what to send; may be repeated',
    })
    .option('image', { type: 'string', ...REPEATED, describe: 'only these images; a glob, may be repeated' })
    .option('format', { choices: ['cloudevents', 'json', 'slack'] as const })
    .option('include-attached', { type: 'boolean', describe: 'also of artifacts that belong to another' })
    .option('skip-tls-verify', { type: 'boolean', describe: 'take any certificate' })
    .option('ca-file', { type: 'string', requiresArg: true, describe: 'certificates to trust, PEM' })
    .option('secret-file', {
      type: 'string',
      requiresArg: true,
      describe: 'what to sign with; - is standard input',
    })
    .option('authorization-file', {
      type: 'string',
      requiresArg: true,
      describe: 'value of the Authorization header; - is standard input',
    })
    .option('enabled', { type: 'boolean', describe: 'for an update also: end a pause' });
}

export interface WebhookOptions {
  readonly event?: (typeof WEBHOOK_EVENT_TYPES)[number][] | undefined;
  readonly image?: string[] | undefined;
  readonly format?: 'cloudevents' | 'json' | 'slack' | undefined;
  readonly includeAttached?: boolean | undefined;
  readonly skipTlsVerify?: boolean | undefined;
  readonly caFile?: string | undefined;
  readonly secretFile?: string | undefined;
  readonly authorizationFile?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** The settings with what the files hold. @throws CommandError for a file that cannot be read */
export async function webhookSettings(world: World, options: WebhookOptions) {
  const { event, image, format, includeAttached, skipTlsVerify, enabled } = options;
  if (options.secretFile === '-' && options.authorizationFile === '-')
    throw new UsageError('only one secret can come from standard input');
  return {
    events: event,
    images: image,
    format,
    includeAttached,
    skipTlsVerify,
    enabled,
    caCertificate: await contentOf(world, options.caFile),
    secret: (await contentOf(world, options.secretFile))?.trimEnd(),
    authorization: (await contentOf(world, options.authorizationFile))?.trimEnd(),
  };
}

/** What a file holds, `-` being standard input. @throws CommandError for one that cannot be read */
export async function contentOf(world: World, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  if (file === '-') return await readSecret(world);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
