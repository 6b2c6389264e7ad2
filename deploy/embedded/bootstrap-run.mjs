import { spawn } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

const LOOK_EVERY_MS = 500;

/**
 * Runs a program on this terminal until it ends and returns its exit code (128 + number after a signal). Signals are
 * passed on; the program notices by its closed IPC channel when this process is killed.
 */
export function runToEnd(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const handlers = SIGNALS.map((signal) => [signal, () => child.kill(signal)]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    // npm, and the shell that it starts, end at a signal without passing it on.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), LOOK_EVERY_MS);
    if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);
    child.once('error', (cause) => reject(new Error(`${command} cannot be run: ${cause.message}`)));
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 9));
    });
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
