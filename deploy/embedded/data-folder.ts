import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireProcessLock, isStoreError } from '@berth/document-store';
import { makeFolder } from './make-folder.ts';
import { reasonOf, StartError } from './start-error.ts';
import { readState } from './state-file.ts';

/** The folders and files of a data folder, absolute. */
export interface DataFolder {
  readonly root: string;
  readonly databases: string;
  readonly blobs: string;
  readonly nats: string;
  readonly logs: string;
  /** Compiled code, so that the next start is faster and lighter; may be removed at any time. */
  readonly cache: string;
  /** Of one run: configurations, pids, temporary files. */
  readonly run: string;
  readonly adminPasswordFile: string;
  readonly platformKeyFile: string;
  /** There once the first user is. */
  readonly firstUserFile: string;
  release(): void;
}

/**
 * Makes the data folder ready and takes its lock, which ends with this process. StartError DATA_FOLDER_UNUSABLE, or
 * DATA_FOLDER_IN_USE when another start has it.
 */
export async function openDataFolder(root: string): Promise<DataFolder> {
  const folders = {
    databases: join(root, 'databases'),
    blobs: join(root, 'blobs'),
    nats: join(root, 'nats'),
    logs: join(root, 'logs'),
    cache: join(root, 'cache'),
    run: join(root, 'run'),
  };
  try {
    for (const folder of [root, ...Object.values(folders)]) await makeFolder(folder);
    const probe = join(folders.run, 'probe');
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw new StartError(
      'DATA_FOLDER_UNUSABLE',
      `the data folder ${root} cannot be written: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  }
  const lock = await takeLock(root, folders.run);
  await chmod(folders.run, 0o700);
  return {
    root,
    ...folders,
    adminPasswordFile: join(root, 'admin-password'),
    platformKeyFile: join(root, 'platform-key'),
    firstUserFile: join(root, 'first-user'),
    release: () => lock.release(),
  };
}

async function takeLock(root: string, runFolder: string) {
  try {
    return acquireProcessLock(join(root, 'lock'));
  } catch (cause) {
    if (!isStoreError(cause)) throw cause;
    const owner = (await readState(runFolder))?.supervisorPid;
    throw new StartError(
      'DATA_FOLDER_IN_USE',
      `the data folder ${root} is in use by another start of Berth${owner === undefined ? '' : ` (process ${owner})`}: ${cause.message}`,
      { cause },
    );
  }
}
