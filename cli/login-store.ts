import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from './command-error.ts';
import type { World } from './world.ts';

/** A session that was opened by `berth login`. */
export interface Login {
  readonly username: string;
  readonly token: string;
  /** RFC 3339, UTC */
  readonly expiresAt: string;
}

export interface Logins {
  /** The origin that commands go to when none is named. */
  readonly current: string | null;
  readonly origins: Readonly<Record<string, Login>>;
}

const NONE: Logins = { current: null, origins: {} };

/** `$XDG_CONFIG_HOME/berth/config.json` */
export function loginFile({ env, homeFolder }: Pick<World, 'env' | 'homeFolder'>): string {
  return join(env.XDG_CONFIG_HOME || join(homeFolder, '.config'), 'berth', 'config.json');
}

/** @throws CommandError when the file cannot be read or holds something else */
export async function readLogins(file: string): Promise<Logins> {
  try {
    const logins = JSON.parse(await readFile(file, 'utf8'));
    if (isLogins(logins)) return logins;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
    if (!(error instanceof SyntaxError))
      throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  throw new CommandError(`${file} does not hold logins of berth: remove it and log in again`);
}

/** Writes the file whole or not at all, for its owner only. */
export async function writeLogins(file: string, logins: Logins): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 });
    await chmod(draft, 0o600);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new CommandError(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

export function withLogin(logins: Logins, origin: string, login: Login): Logins {
  return { current: origin, origins: { ...logins.origins, [origin]: login } };
}

/** Without that origin; the current one, when it is gone, is none. */
export function withoutLogin({ current, origins }: Logins, origin: string): Logins {
  const { [origin]: _, ...rest } = origins;
  return { current: current === origin ? null : current, origins: rest };
}

function isLogins(value: unknown): value is Logins {
  const { current, origins } = Object(value) as Partial<Logins>;
  if (current !== null && typeof current !== 'string') return false;
  if (typeof origins !== 'object' || origins === null) return false;
  return Object.values(origins).every(
    (login) => typeof login?.username === 'string' && typeof login.token === 'string' && !!login.expiresAt,
  );
}
