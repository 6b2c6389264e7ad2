import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkTool, type Tool, type ToolNeed } from './find-tool.ts';

const run = promisify(execFile);
const LIMIT = { timeout: 300_000, maxBuffer: 16 << 20 };

/**
 * Downloads Debian's or Ubuntu's packages and unpacks them into `folder`, without root and without installing: nothing
 * of the system changes and no service is started. Two at once do not disturb each other; the first to end counts.
 * Rejects with what apt said.
 */
export async function unpackDebianPackages(need: ToolNeed, folder: string): Promise<Tool> {
  const unpacked = join(folder, need.name);
  const there = await toolIn(need, unpacked);
  if (typeof there !== 'string') return there;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, '.work-'));
  try {
    const root = join(work, 'root');
    await mkdir(root);
    const apt = await prepareApt(work);
    await download(apt, [need.name], root);
    let tool = await toolIn(need, root);
    // Where `nginx` only names other packages, or a library is not on the system: what it depends on as well.
    if (typeof tool === 'string') {
      await download(apt, await missingDependencies(apt, need.name), root);
      await writeLauncher(need, root);
      tool = await toolIn(need, root);
    }
    if (typeof tool === 'string') throw new Error(tool);
    await rename(root, unpacked).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      if (typeof (await toolIn(need, unpacked)) !== 'string') return;
      // Left over from another system: replaced.
      await rename(unpacked, join(work, 'old'));
      await rename(root, unpacked);
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const tool = await toolIn(need, unpacked);
  if (typeof tool === 'string') throw new Error(tool);
  return tool;
}

type Apt = (args: readonly string[], cwd?: string) => Promise<string>;

async function prepareApt(work: string): Promise<Apt> {
  const folders = { state: join(work, 'state'), cache: join(work, 'cache') };
  await mkdir(join(folders.state, 'lists/partial'), { recursive: true });
  await mkdir(join(folders.cache, 'archives/partial'), { recursive: true });
  const options = {
    'Dir::State': folders.state,
    'Dir::State::Lists': join(folders.state, 'lists'),
    'Dir::Cache': folders.cache,
    'Dir::State::status': '/var/lib/dpkg/status',
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt: Apt = async (args, cwd = work) =>
    (await run('apt-get', ['-q', ...flags, ...args], { ...LIMIT, cwd })).stdout;
  await apt(['update']);
  return apt;
}

async function download(apt: Apt, packages: readonly string[], root: string): Promise<void> {
  if (packages.length === 0) return;
  const folder = await mkdtemp(join(root, '../packages-'));
  await apt(['download', ...packages], folder);
  for (const file of await readdir(folder)) await run('dpkg-deb', ['-x', join(folder, file), root], LIMIT);
}

/** The names after `Inst` in a simulated installation. */
async function missingDependencies(apt: Apt, name: string): Promise<string[]> {
  const simulated = await apt(['--simulate', '--no-install-recommends', 'install', name]);
  return [...simulated.matchAll(/^Inst (\S+)/gm)].map(([, one = '']) => one);
}

/** A program whose libraries were unpacked beside it is started with them on its library path. */
async function writeLauncher(need: ToolNeed, root: string): Promise<void> {
  const libraries = ['usr/lib', 'lib'].map((folder) => `"$here"/${folder}/*-linux-gnu*`).join(' ');
  const text = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    `for folder in ${libraries}; do LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; done`,
    'export LD_LIBRARY_PATH',
    `for program in "$here"/usr/sbin/${need.name} "$here"/usr/bin/${need.name}; do`,
    '  [ -x "$program" ] && exec "$program" "$@"',
    'done',
    'exit 127',
    '',
  ].join('\n');
  await writeFile(join(root, need.name), text, { mode: 0o755 });
}

async function toolIn(need: ToolNeed, root: string): Promise<Tool | string> {
  let why = '';
  for (const path of [need.name, `usr/sbin/${need.name}`, `usr/bin/${need.name}`]) {
    const tool = await checkTool(need, join(root, path));
    if (typeof tool !== 'string') return tool;
    if (!tool.includes('ENOENT') || why === '') why = tool;
  }
  return why;
}
