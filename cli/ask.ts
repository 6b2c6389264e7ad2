import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CommandError } from './command-error.ts';
import { UsageError } from './usage-error.ts';
import { isInteractive, type World, write } from './world.ts';

/**
 * Asks whether something may be removed, unless `--yes` said so.
 *
 * @throws UsageError where nobody can be asked, CommandError when the answer is not yes
 */
export async function confirmRemoval(world: World, what: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!isInteractive(world)) throw new UsageError('deleting needs --yes where nobody can be asked');
  const answer = await ask(world, `Delete ${what}? [y/N] `, { echo: true });
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was deleted');
}

export interface PasswordSource {
  readonly passwordStdin?: boolean | undefined;
  /** Ask twice: it is a new one. */
  readonly isNew?: boolean;
}

/**
 * The password from standard input with `--password-stdin`, else typed without echo.
 *
 * @throws UsageError where nobody can be asked
 */
export async function readPassword(world: World, prompt: string, source: PasswordSource): Promise<string> {
  if (source.passwordStdin) return await readSecret(world);
  if (!isInteractive(world))
    throw new UsageError('a password needs --password-stdin where nobody can be asked');
  const password = await ask(world, `${prompt}: `, { echo: false });
  if (password === '') throw new CommandError('no password was given');
  if (source.isNew && (await ask(world, `${prompt}, again: `, { echo: false })) !== password)
    throw new CommandError('the two passwords differ');
  return password;
}

/** All of standard input without the line end that `echo` adds. */
export async function readSecret({ stdin }: World): Promise<string> {
  const secret = (await text(stdin)).replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError('standard input holds no secret');
  return secret;
}

/** One line from the terminal. @throws CommandError at Ctrl-C and Ctrl-D */
export async function ask(
  world: World,
  prompt: string,
  { echo }: { readonly echo: boolean },
): Promise<string> {
  await write(world.stderr, prompt);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = echo ? world.stderr : silence;
  const lines = createInterface({ input: world.stdin, output, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      lines.once('SIGINT', () => reject(new CommandError('interrupted')));
      lines.once('close', () => reject(new CommandError('no answer was given')));
      lines.once('line', resolve);
    });
  } finally {
    lines.close();
    if (!echo) await write(world.stderr, '\n');
  }
}
