import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

// Under jest: when the test file is through. Elsewhere (benchmarks) the caller removes what it asked for.
const { afterAll } = globalThis as { afterAll?: (hook: () => Promise<void>) => void };
afterAll?.(removeTemporaryFolders);

/** A fresh, empty folder, by its absolute path. Removed when the test file has run. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-'));
  folders.add(folder);
  return folder;
}

/** Removes every folder that `temporaryFolder` made so far. */
export async function removeTemporaryFolders(): Promise<void> {
  const all = [...folders];
  folders.clear();
  await Promise.all(all.map(removeFolder));
}

/** Removes a folder with all in it; patient with a process that still writes there while it ends. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
