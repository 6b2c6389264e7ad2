import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Logger } from '@berth/runtime';
import { isNginxTrouble } from '../../embedded/gateway.ts';
import type { Tool } from '../../tools/find-tool.ts';

const run = promisify(execFile);
const STOP_MS = 8_000;

export interface Nginx {
  /** Resolves when it ends by itself. */
  readonly ended: Promise<string>;
  /** Takes another configuration over, if it is valid: what is under way ends with the old one. */
  reload(conf: string): Promise<void>;
  /** Lets what is under way end. */
  stop(): Promise<void>;
}

/** Runs nginx with a configuration in `runFolder`; rejects when it does not take it. */
export async function startNginx(
  { path }: Tool,
  { runFolder, conf, logger }: { readonly runFolder: string; readonly conf: string; readonly logger: Logger },
): Promise<Nginx> {
  const file = join(runFolder, 'nginx.conf');
  const args = ['-p', runFolder, '-c', file, '-e', 'stderr'];
  await mkdir(join(runFolder, 'tmp'), { recursive: true });

  async function take(text: string): Promise<void> {
    await writeFile(file, text, { mode: 0o600 });
    try {
      await run(path, [...args, '-t']);
    } catch (cause) {
      const said = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
      throw new Error(`nginx does not take its configuration: ${said}`, { cause });
    }
  }

  await take(conf);
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (isNginxTrouble(line)) logger.warn('nginx says', { line });
  });
  let isStopping = false;
  const exited = once(child, 'exit').then(
    ([code, signal]) => `nginx ended: ${signal ?? `exit code ${code}`}`,
  );
  return {
    ended: exited.then((reason) => (isStopping ? new Promise<string>(() => {}) : reason)),
    async reload(text) {
      await take(text);
      child.kill('SIGHUP');
    },
    async stop() {
      isStopping = true;
      child.kill('SIGQUIT');
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(limit);
    },
  };
}
