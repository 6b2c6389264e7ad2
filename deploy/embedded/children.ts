import { join } from 'node:path';
import { LogFile } from '@berth/runtime';
import type { Guard } from './guard.ts';
import { StartError } from './start-error.ts';
import type { ProcessState } from './state-file.ts';
import { type ProcessSpec, type SupervisedProcess, superviseProcess } from './supervised-process.ts';
import type { Terminal } from './terminal.ts';

export interface ChildrenOptions {
  readonly guard: Guard;
  readonly logFolder: string;
  readonly terminal: Terminal;
  /** Something is different: a pid, a death. */
  readonly onChange: () => void;
}

/** The processes of one start, with their logs. */
export interface Children {
  /**
   * `writesOwnLog`: what comes from it is for people, warnings and errors only; else all of it goes to its log file,
   * and what `isTrouble` picks to the terminal as well.
   */
  start(spec: ProcessSpec, options: StartOptions): SupervisedProcess;
  /** While all is starting, one that ends three times rejects this. */
  readonly firstFailure: Promise<never>;
  /** From now on a child that dies is only told of. */
  settle(): void;
  readonly states: () => readonly ProcessState[];
}

export interface StartOptions {
  readonly port: number | null;
  readonly writesOwnLog: boolean;
  readonly isTrouble?: (line: string) => boolean;
}

const DEATHS_AT_START = 3;
const LOG_BYTES = 16 << 20;

export function createChildren({ guard, logFolder, terminal, onChange }: ChildrenOptions): Children {
  const started: { readonly process: SupervisedProcess; readonly port: number | null }[] = [];
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let isSettled = false;

  return {
    firstFailure: failure.promise,
    settle() {
      isSettled = true;
    },
    states: () =>
      started.map(({ process: { name, pid = null, deaths }, port }) => ({ name, pid, port, deaths })),
    start(spec, { port, writesOwnLog, isTrouble = () => true }) {
      const lastLines: string[] = [];
      const log = writesOwnLog
        ? null
        : new LogFile(join(logFolder, `${spec.name}.log`), {
            maxBytes: LOG_BYTES,
            onTrouble: (message) => terminal.complain(spec.name, `${spec.name}: ${message}`),
          });
      let deaths = 0;
      const child = superviseProcess(spec, {
        guard,
        events: {
          onStart: () => onChange(),
          onLine(line) {
            log?.write(`${line}\n`);
            lastLines.push(line);
            if (lastLines.length > 10) lastLines.shift();
            if (isTrouble(line)) terminal.complain(spec.name, log === null ? line : `${spec.name}: ${line}`);
          },
          onDeath(reason, restartInMs) {
            onChange();
            deaths++;
            if (!isSettled && deaths >= DEATHS_AT_START)
              failure.reject(new StartError('CHILD_FAILED', doesNotStart(spec.name, reason, lastLines)));
            terminal.complain(
              spec.name,
              `berth: ${spec.name} ended (${reason}); starting it again in ${restartInMs} ms`,
            );
          },
        },
      });
      started.push({ process: child, port });
      return child;
    },
  };
}

function doesNotStart(name: string, reason: string, lastLines: readonly string[]): string {
  const said = lastLines.at(-1);
  return `${name} does not start (${reason})${said === undefined ? '' : `: ${said}`}`;
}
