import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { findTool, type Tool, type ToolNeed } from './find-tool.ts';

export interface EnsureOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told when something is downloaded. */
  readonly onProgress: (line: string) => void;
}

/** Where downloaded programs are kept: `$XDG_CACHE_HOME/berth/tools`, else below `~/.cache`. */
export function toolCache(env: EnsureOptions['env']): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth', 'tools');
}

/**
 * The machine's own program where it fits, else the one of Debian's or Ubuntu's package in the cache, downloaded when
 * it is not there yet. The Error of a machine where neither is possible says what to install.
 */
export async function ensureServer(need: ToolNeed, { env, onProgress }: EnsureOptions): Promise<Tool> {
  const own = await findTool(need, [env.BERTH_TOOLS_PATH ?? '', env.PATH ?? ''].join(delimiter));
  if (own !== null) return own;
  const system = await debianRelease();
  if (system === null) throw new Error(advice(need));
  const folder = join(toolCache(env), `${system}-${process.arch}`);
  try {
    onProgress(`${need.name} is not installed: using the package of ${system} in ${folder}`);
    return await unpackDebianPackages(need, folder);
  } catch (cause) {
    const said =
      cause instanceof Error ? cause.message.trim().split('\n').slice(-3).join('; ') : String(cause);
    throw new Error(`${advice(need)} (its package cannot be had: ${said})`, { cause });
  }
}

function advice({ name, leastVersion, features }: ToolNeed): string {
  const having = features.length === 0 ? '' : ` with ${features.join(' and ')}`;
  return `${name} ${leastVersion} or newer${having} is not on this machine: install it so that it is found on PATH`;
}

/** `debian-bookworm`, `ubuntu-noble`; null elsewhere. */
async function debianRelease(): Promise<string | null> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const kinds = [field('ID'), ...field('ID_LIKE').split(' ')];
  if (!kinds.includes('debian') && !kinds.includes('ubuntu')) return null;
  return `${field('ID')}-${field('VERSION_CODENAME') || field('VERSION_ID') || 'unknown'}`;
}
