import { delimiter } from 'node:path';

/** The environment for programs that tests start: those of the embedded start's cache (`BERTH_TOOLS_PATH`) go first. */
export function toolsEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const tools = environment.BERTH_TOOLS_PATH;
  // Debian puts nginx and its like in sbin, which is not on everybody's PATH.
  const path = [tools, environment.PATH, '/usr/sbin'].filter((part) => part !== undefined && part !== '');
  return { ...environment, PATH: path.join(delimiter) };
}
