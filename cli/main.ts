import { homedir } from 'node:os';
import { runBerth } from './run-berth.ts';
import { VERSION } from './version.ts';

// A reader that goes away (`berth tags list … | head`) shows as a failed write, which ends the command.
process.stdout.on('error', () => undefined);
process.exitCode = await runBerth(
  {
    env: process.env,
    homeFolder: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => new Date(),
    fetch,
  },
  process.argv.slice(2),
  VERSION,
);
