import { runProgram } from './run-program.ts';

const IMAGE = 'mongo:8';
/** In seconds. Where nothing can be pulled, Docker says so at once or never. */
const LONGEST_PULL = '180';

/**
 * The image of a real MongoDB that the suites for it also run on: null where Docker is not there or does not have it
 * and, with `mayPull`, cannot pull it.
 */
export async function mongoImage(env: NodeJS.ProcessEnv, mayPull: boolean): Promise<string | null> {
  const succeeds = async (command: string, ...args: readonly string[]) =>
    (await runProgram(command, args, { cwd: '/', env })).exitCode === 0;
  if (!(await succeeds('sh', '-c', 'command -v docker && timeout 5 docker version'))) return null;
  if (await succeeds('docker', 'image', 'inspect', IMAGE)) return IMAGE;
  return mayPull && (await succeeds('timeout', LONGEST_PULL, 'docker', 'pull', '-q', IMAGE)) ? IMAGE : null;
}
