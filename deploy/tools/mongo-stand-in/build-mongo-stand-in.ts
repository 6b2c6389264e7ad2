import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PATCHES } from './patches.ts';

const run = promisify(execFile);
const LIMIT = { timeout: 300_000, maxBuffer: 16 << 20 };
const PROGRAM = 'mongo-stand-in';
const CORE_SOURCES = 'de.bwaldvogel:mongo-java-server-core:1.47.0:jar:sources';

/** What must be on PATH to build it; it runs with `java` alone. */
export const BUILT_WITH: readonly string[] = ['java', 'javac', 'mvn'];

export interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Told when it is really built. */
  readonly onProgress: (line: string) => void;
}

/**
 * Builds the program `mongo-stand-in`, a server that speaks MongoDB's protocol, from Maven packages and StandIn.java.
 * Resolves with the folder that it is in, one per state of its sources below `cache`; two builds at once do not disturb
 * each other. Rejects with what Maven or the compiler said.
 */
export async function buildMongoStandIn(cache: string, { env, onProgress }: BuildOptions): Promise<string> {
  const sources = await Promise.all(['pom.xml', 'StandIn.java', 'FieldIndex.java', 'patches.ts'].map(source));
  const built = join(cache, `${PROGRAM}-${hash('sha256', sources.join('\0')).slice(0, 12)}`);
  if (existsSync(join(built, PROGRAM))) return built;
  onProgress(`building ${PROGRAM} in ${built}`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, '.work-'));
  try {
    await build(work, env);
    await rename(work, built).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return built;
}

async function build(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const options = { ...LIMIT, cwd: folder, env };
  await copyFile(place('pom.xml'), join(folder, 'pom.xml'));
  const maven = ['-q', '-B', '--no-transfer-progress'];
  await run('mvn', [...maven, 'dependency:copy-dependencies', '-DoutputDirectory=jars'], options);
  await run(
    'mvn',
    [...maven, 'dependency:copy', `-Dartifact=${CORE_SOURCES}`, '-DoutputDirectory=sources'],
    options,
  );
  await mkdir(join(folder, 'patched'));
  const files = [...new Set(PATCHES.map(({ file }) => file))];
  const [, , version] = CORE_SOURCES.split(':');
  const jar = join(folder, 'sources', `mongo-java-server-core-${version}-sources.jar`);
  await run('jar', ['xf', jar, ...files], { ...options, cwd: join(folder, 'patched') });
  for (const patch of PATCHES) await applyPatch(join(folder, 'patched', patch.file), patch);
  const java = [
    place('StandIn.java'),
    place('FieldIndex.java'),
    ...files.map((file) => join('patched', file)),
  ];
  await run('javac', ['-nowarn', '-d', 'classes', '-cp', 'jars/*', ...java], options);
  const launcher = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    'exec java -Xmx768m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/classes:$here/jars/*" StandIn "$@"',
    '',
  ];
  await writeFile(join(folder, PROGRAM), launcher.join('\n'));
  await chmod(join(folder, PROGRAM), 0o755);
}

async function applyPatch(path: string, patch: (typeof PATCHES)[number]): Promise<void> {
  const parts = (await readFile(path, 'utf8')).split(patch.from);
  if (parts.length !== 2)
    throw new Error(`${patch.file} has ${parts.length - 1} times, not once: ${patch.from}`);
  await writeFile(path, parts.join(patch.to));
}

const place = (name: string) => join(import.meta.dirname, name);
const source = (name: string) => readFile(place(name), 'utf8');
