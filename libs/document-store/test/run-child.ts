import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Starts a script of this folder in a process of its own. */
export function startChild(script: string, ...args: string[]): ChildProcessByStdio<null, Readable, null> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Resolves when the child has printed a line. */
export async function firstLine(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let text = '';
  while (!text.includes('\n')) {
    const [chunk] = await once(child.stdout, 'data');
    text += String(chunk);
  }
  return text.slice(0, text.indexOf('\n'));
}
