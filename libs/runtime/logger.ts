import winston from 'winston';
import { LogFile } from './log-file.ts';
import { redact } from './redact.ts';
import { traceId } from './tracing/trace.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/**
 * Structured log: a fixed lower-case message, every value a field. Secrets are redacted by key (see redact.ts), an
 * Error among the fields is spelled out with its cause. Never throws.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields added to every line, such as `{requestId}`. */
  child(fields: LogFields): Logger;
  /** Ask before building costly fields. */
  readonly isDebug: boolean;
}

/** The log of a process, which its owner closes. */
export interface ProcessLogger extends Logger {
  /** Writes what waits, then takes nothing more. */
  close(): Promise<void>;
  /** For the last moment of a dying process. */
  flushSync(): void;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** JSON lines go there, and only warnings and errors to the terminal, as text. Without it all goes to stderr as JSON. */
  readonly file?: string;
  /** Default: the standard error of the process. */
  readonly terminal?: NodeJS.WritableStream;
}

export function createLogger({
  service,
  level,
  file,
  terminal = process.stderr,
}: LoggerOptions): ProcessLogger {
  // A closed terminal must not end the process.
  if (!terminal.listeners('error').includes(ignore)) terminal.on('error', ignore);
  const onTrouble = (message: string) => terminal.write(`${service}: ${message}\n`);
  const logFile = file === undefined ? undefined : new LogFile(file, { onTrouble });
  const { Stream } = winston.transports;
  const log = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level,
    format: winston.format.json(),
    transports:
      logFile === undefined
        ? [new Stream({ stream: terminal })]
        : [
            new Stream({ stream: logFile }),
            new Stream({ stream: terminal, level: level === 'error' ? 'error' : 'warn', format: asText }),
          ],
  });
  log.on('error', ignore);
  logFile?.on('error', ignore);
  const flushSync = () => logFile?.flushSync();
  return {
    ...bind((line) => log.write(line), { service, level, fields: {} }),
    flushSync,
    async close() {
      await ended(log);
      if (logFile !== undefined) await ended(logFile);
    },
  };
}

const ignore = () => {};

async function ended(stream: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve) => stream.end(() => resolve()));
}

const asText = winston.format.printf((info) => {
  const { level, message, time, service, ...fields } = info;
  const stack = (fields.error as { stack?: string } | undefined)?.stack;
  if (stack !== undefined) delete fields.error;
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${String(time)} ${level} ${String(service)}: ${String(message)}${rest}${stack ? `\n${stack}` : ''}`;
});

interface Line {
  readonly level: LogLevel;
  readonly message: string;
}

function bind(
  write: (line: Line) => void,
  context: { readonly service: string; readonly level: LogLevel; readonly fields: LogFields },
): Logger {
  const { service, fields: bound } = context;
  const least = LOG_LEVELS.indexOf(context.level);
  const at = (level: LogLevel) => {
    if (LOG_LEVELS.indexOf(level) < least) return ignore;
    return (message: string, fields?: LogFields) => {
      try {
        const trace = traceId();
        const shown = redact({
          ...(trace !== undefined && { traceId: trace }),
          ...bound,
          ...fields,
        }) as object;
        write({ time: new Date().toISOString(), service, ...shown, level, message } as Line);
      } catch {
        // A value that cannot be shown must not stop the work that wanted to tell of it.
      }
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isDebug: least === 0,
    child: (fields) => bind(write, { ...context, fields: { ...bound, ...fields } }),
  };
}

/** Says nothing: for tests, and where no logger is given. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  isDebug: false,
  child: () => silentLogger,
};
