import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are missing; the errors of `mkdir`. Step by step: the recursive `mkdir` of
 * Node never ends where a folder takes no others and says that it is not there, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const isMissingAbove = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path;
    if (!isMissingAbove) throw error;
    await makeFolder(dirname(path));
    await make();
  }
}
