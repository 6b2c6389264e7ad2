import { SettingsError } from '@berth/runtime';
import { readyMessage } from './ready-message.ts';
import type { ServiceDefinition } from './service-table.ts';
import { type Running, startEmbedded } from './start.ts';
import { reasonOf } from './start-error.ts';
import { createTerminal } from './terminal.ts';

const LONGEST_STOP_MS = 9_800;

/**
 * The life of the embedded start as a process: starts everything, tells how to use it, and ends it all on SIGINT,
 * SIGTERM, SIGHUP or when the program that started it is gone. Exit code 1 when it could not start.
 */
export async function runEmbedded(services: readonly ServiceDefinition[]): Promise<void> {
  const terminal = createTerminal({
    out: process.stdout,
    err: process.stderr,
    clock: () => performance.now(),
  });
  const starting = new AbortController();
  let running: Running | undefined;
  let isEnding = false;

  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    // What hangs is left to the guard.
    setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref();
    starting.abort();
    if (running === undefined) return;
    terminal.say('berth: stopping');
    await running.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => void end());
  // Started by another Node program: its channel closes when that one dies, however it dies.
  if (process.connected) process.on('disconnect', () => void end());
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      process.stderr.write(
        `berth: ended by a defect: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      process.exitCode = 1;
      void (running?.stop() ?? Promise.resolve()).finally(() => process.exit(1));
    });

  terminal.say('berth: starting');
  try {
    running = await startEmbedded({ env: process.env, services, terminal, signal: starting.signal });
  } catch (error) {
    if (isEnding) process.exit(0);
    const message = error instanceof SettingsError ? error.message : reasonOf(error);
    process.stderr.write(`berth: ${message}\n`);
    process.exit(1);
  }
  if (isEnding) {
    await running.stop();
    process.exit(0);
  }
  for (const line of readyMessage({ ...running, workingFolder: process.cwd() })) terminal.say(line);
}
