import { randomBytes } from 'node:crypto';
import type { DataFolder } from './data-folder.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';
import type { Settings } from './settings.ts';

/** How the services get the secrets, and where a person finds the first password. */
export interface Secrets {
  /** Settings of the services that need the one or the other. */
  readonly adminPassword: Readonly<Record<string, string>>;
  readonly platformKey: Readonly<Record<string, string>>;
  /** Null when it was given, or set by an earlier start that it was given to. */
  readonly adminPasswordFile: string | null;
}

/**
 * The admin's first password and the platform key: those given, else those of an earlier start, else new ones in files
 * that only their owner reads.
 */
export async function prepareSecrets(
  settings: Pick<Settings, 'adminPassword' | 'platformKey'>,
  folder: Pick<DataFolder, 'adminPasswordFile' | 'platformKeyFile' | 'firstUserFile'>,
): Promise<Secrets> {
  const { adminPasswordFile, platformKeyFile } = folder;
  const adminPassword: Record<string, string> = {};
  const platformKey: Record<string, string> = {};
  let hasPasswordFile = (await readIfThere(adminPasswordFile)) !== null;
  if (settings.adminPassword !== undefined) {
    adminPassword.BERTH_ADMIN_PASSWORD = settings.adminPassword;
  } else if (hasPasswordFile || (await readIfThere(folder.firstUserFile)) === null) {
    if (!hasPasswordFile)
      await writePrivateFile(adminPasswordFile, `${randomBytes(18).toString('base64url')}\n`);
    hasPasswordFile = true;
    adminPassword.BERTH_ADMIN_PASSWORD_FILE = adminPasswordFile;
  }
  if (settings.platformKey !== undefined) platformKey.BERTH_PLATFORM_KEY = settings.platformKey;
  else {
    if ((await readIfThere(platformKeyFile)) === null)
      await writePrivateFile(platformKeyFile, `${randomBytes(32).toString('base64')}\n`);
    platformKey.BERTH_PLATFORM_KEY_FILE = platformKeyFile;
  }
  return { adminPassword, platformKey, adminPasswordFile: hasPasswordFile ? adminPasswordFile : null };
}

/** To be called when all is ready: there is a first user now, and a later start needs no password for it. */
export async function noteFirstUser({ firstUserFile }: Pick<DataFolder, 'firstUserFile'>): Promise<void> {
  if ((await readIfThere(firstUserFile)) === null) await writePrivateFile(firstUserFile, 'admin\n');
}
