import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Guard, OrphanEnd } from './guard.ts';
import { reasonOf } from './start-error.ts';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The signal that asks it to end, and how long it may take. */
  readonly stop: { readonly signal: NodeJS.Signals; readonly timeoutMs: number };
  readonly orphanEnd: OrphanEnd;
}

export interface ProcessEvents {
  onStart(pid: number): void;
  /** It ended without being asked to, and comes again. */
  onDeath(reason: string, restartInMs: number): void;
  /** What it writes to standard output and error. */
  onLine(line: string): void;
}

/** A child that is started again, with growing pauses, whenever it ends. */
export interface SupervisedProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** How often it ended by itself. */
  readonly deaths: number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it for good, with its whole process group; killed when it takes too long. Idempotent. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  readonly guard: Guard;
  readonly events: ProcessEvents;
  /** Milliseconds, monotonic. */
  readonly clock?: () => number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** One that lived this long failed for a new reason: the pauses begin anew. */
const SETTLED_MS = 30_000;

/** Starts a program in a process group of its own (a terminal's Ctrl-C does not reach it), with a pipe as standard input. */
export function superviseProcess(spec: ProcessSpec, options: SuperviseOptions): SupervisedProcess {
  const { guard, events, clock = () => performance.now() } = options;
  let child: ChildProcess | undefined;
  let deaths = 0;
  let failuresInARow = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended: Promise<void> | undefined;
  let onEnded: () => void = () => {};

  function launch(): void {
    const startedAt = clock();
    const started = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child = started;
    started.stdin.on('error', () => {});
    for (const stream of [started.stdout, started.stderr])
      createInterface({ input: stream }).on('line', (line) => events.onLine(line));
    const { pid } = started;
    if (pid !== undefined) {
      guard.watch(pid, spec.orphanEnd);
      events.onStart(pid);
    }
    started.once('error', (error) => {
      if (pid === undefined) onEnd(reasonOf(error), startedAt);
    });
    started.once('exit', (code, signal) => {
      if (pid !== undefined) {
        killGroup(pid);
        guard.forget(pid);
      }
      onEnd(signal === null ? `exit code ${code}` : `signal ${signal}`, startedAt);
    });
  }

  function onEnd(reason: string, startedAt: number): void {
    child = undefined;
    if (ended !== undefined) {
      onEnded();
      return;
    }
    deaths++;
    failuresInARow = clock() - startedAt > SETTLED_MS ? 0 : failuresInARow + 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, failuresInARow - 1), LONGEST_PAUSE_MS);
    timer = setTimeout(launch, pauseMs);
    events.onDeath(reason, pauseMs);
  }

  function end(): Promise<void> {
    clearTimeout(timer);
    const running = child;
    if (running === undefined) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    onEnded = resolve;
    running.kill(spec.stop.signal);
    const limit = setTimeout(() => {
      if (running.pid !== undefined) killGroup(running.pid);
    }, spec.stop.timeoutMs);
    return promise.finally(() => clearTimeout(limit));
  }

  launch();
  return {
    name: spec.name,
    get pid() {
      return child?.pid;
    },
    get deaths() {
      return deaths;
    },
    signal: (signal) => void child?.kill(signal),
    stop() {
      ended ??= Promise.resolve().then(end);
      return ended;
    },
  };
}

/** Also what a killed nginx leaves behind: its workers would keep the port. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing is left of it
  }
}
