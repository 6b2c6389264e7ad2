import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { settings } from './settings.ts';

const FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/usr/local/sbin', join(homedir(), 'go', 'bin')];

/** The absolute path of a program, or null when this machine does not have it. */
export function programPath(name: string): string | null {
  for (const folder of [...settings.path.split(delimiter), ...FOLDERS]) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** The absolute path of a program; an error that says what is missing where it is needed. */
export function findProgram(name: string): string {
  const path = programPath(name);
  if (path === null)
    throw new Error(`the program ${name} is missing; test-e2e/README.md says how to install it`);
  return path;
}
