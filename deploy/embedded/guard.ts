import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** How a child ends when the supervisor is gone: told so at once, or by itself because its standard input closed. */
export type OrphanEnd = 'now' | 'later';

/** Sees to it that no child outlives a supervisor that was killed. */
export interface Guard {
  watch(pid: number, end: OrphanEnd): void;
  forget(pid: number): void;
  readonly pid: number | undefined;
  /** Nothing is watched any more. */
  close(): void;
}

/** Starts `guard.sh`, and starts it again when somebody ends it. `cwd` marks it as ours for the clean-up of a later start. */
export function startGuard(cwd: string): Guard {
  const watched = new Map<number, OrphanEnd>();
  let isClosed = false;
  let shell = launch();

  function launch(): ChildProcess {
    const child = spawn('/bin/sh', [join(import.meta.dirname, 'guard.sh')], {
      cwd,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => {});
    child.once('error', () => {});
    child.once('exit', () => {
      if (!isClosed) setTimeout(() => !isClosed && relaunch(), 100).unref();
    });
    return child;
  }

  function relaunch(): void {
    shell = launch();
    for (const [pid, end] of watched) tell(`+ ${pid} ${end}`);
  }

  function tell(line: string): void {
    shell.stdin?.write(`${line}\n`);
  }

  return {
    watch(pid, end) {
      watched.set(pid, end);
      tell(`+ ${pid} ${end}`);
    },
    forget(pid) {
      watched.delete(pid);
      tell(`- ${pid}`);
    },
    get pid() {
      return shell.pid;
    },
    close() {
      isClosed = true;
      shell.stdin?.end();
    },
  };
}
