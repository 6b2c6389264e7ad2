import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isAtLeast } from './version.ts';

const run = promisify(execFile);

/** A program that is there and fits. */
export interface Tool {
  readonly path: string;
  /** `1.22.1` */
  readonly version: string;
}

/** What a program must be to be of use. */
export interface ToolNeed {
  readonly name: string;
  readonly versionArgs: readonly string[];
  /** Its first group is the version. */
  readonly versionPattern: RegExp;
  readonly leastVersion: string;
  /** Must stand in what it says of itself. */
  readonly features: readonly string[];
}

export const NGINX: ToolNeed = {
  name: 'nginx',
  versionArgs: ['-V'],
  versionPattern: /nginx version: \w+\/(\d+\.\d+\.\d+)/,
  leastVersion: '1.18.0',
  features: ['http_ssl_module', 'http_v2_module'],
};

export const NATS_SERVER: ToolNeed = {
  name: 'nats-server',
  versionArgs: ['-v'],
  versionPattern: /v?(\d+\.\d+\.\d+)/,
  leastVersion: '2.9.0',
  features: [],
};

/** Debian puts servers in sbin, which is not on everybody's PATH. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The first fitting program on a search path such as `PATH`; null when there is none. */
export async function findTool(need: ToolNeed, searchPath: string): Promise<Tool | null> {
  for (const folder of new Set([...searchPath.split(delimiter), ...MORE_FOLDERS])) {
    if (folder === '') continue;
    const tool = await checkTool(need, join(folder, need.name));
    if (typeof tool !== 'string') return tool;
  }
  return null;
}

/** Runs a program to see whether it fits; else why not. */
export async function checkTool(need: ToolNeed, path: string): Promise<Tool | string> {
  try {
    await access(path, constants.X_OK);
    const { stdout, stderr } = await run(path, [...need.versionArgs], { timeout: 10_000 });
    const said = stdout + stderr;
    const version = need.versionPattern.exec(said)?.[1];
    if (version === undefined) return `${path} does not tell its version`;
    if (!isAtLeast(version, need.leastVersion))
      return `${path} is ${version}, older than ${need.leastVersion}`;
    const missing = need.features.find((feature) => !said.includes(feature));
    return missing === undefined ? { path, version } : `${path} has no ${missing}`;
  } catch (error) {
    return `${path} cannot be run: ${error instanceof Error ? error.message : String(error)}`;
  }
}
