import { Type } from '@sinclair/typebox';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { loadSettings } from './load-settings.ts';
import { createLogger, LOG_LEVELS, type ProcessLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { Setting } from './setting.ts';
import { SettingsError } from './settings-error.ts';
import { startTracing } from './tracing/start-tracing.ts';
import { TracingSettings } from './tracing/tracing-settings.ts';

/** What every service process reads besides its own settings. */
export const ProcessSettings = Type.Object({
  ...TracingSettings.properties,
  BERTH_LOG_LEVEL: Setting.enum(LOG_LEVELS, { default: 'info' }),
  BERTH_LOG_FILE: Setting.optional(Setting.string({ description: 'JSON lines go there, else to stderr' })),
  BERTH_EXIT_WITH_PARENT: Setting.boolean({ default: 'false' }),
});

/**
 * The life of a service process, for its `main.ts`: makes log and metrics, calls `start`, then lives until SIGTERM,
 * SIGINT, SIGHUP, or, with BERTH_EXIT_WITH_PARENT=1, until its standard input closes; then closes in reverse order what
 * was registered and exits with 0, or with 1 when something did not close within 10 s. A start that fails is one clear
 * message and exit code 1; a second signal, and an error that nobody caught, end the process at once.
 */
export async function runService(name: string, start: (life: Lifecycle) => Promise<void>): Promise<void> {
  let logger: ProcessLogger | undefined;
  try {
    const settings = loadSettings(ProcessSettings, process.env);
    logger = createLogger({
      service: name,
      level: settings.BERTH_LOG_LEVEL,
      ...(settings.BERTH_LOG_FILE !== undefined && { file: settings.BERTH_LOG_FILE }),
    });
    const life = createLifecycle({ logger, metrics: createMetrics(name) });
    endOnDefect(logger);
    endOnRequest(logger, life.shutdown, settings.BERTH_EXIT_WITH_PARENT);
    try {
      await startTracing(life, name, settings);
      await start(life);
    } catch (error) {
      if (!life.stopping.aborted) await failStart(name, error, { logger, shutdown: life.shutdown });
    }
  } catch (error) {
    await failStart(name, error, { logger });
  }
}

function endOnRequest(
  logger: ProcessLogger,
  shutdown: (reason: string) => Promise<boolean>,
  withParent: boolean,
): void {
  let isEnding = false;
  const end = (reason: string) => {
    if (isEnding) return;
    isEnding = true;
    void shutdown(reason).then(async (isClean) => {
      await logger.close();
      process.exit(isClean ? 0 : 1);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => (isEnding ? process.exit(1) : end(signal)));
  if (!withParent) return;
  process.stdin.on('end', () => end('the parent is gone'));
  process.stdin.on('error', () => end('the parent is gone'));
  process.stdin.resume();
}

function endOnDefect(logger: ProcessLogger): void {
  process.on('exit', () => logger.flushSync());
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      logger.error('ended by an error that nobody caught', { error, event });
      void logger.close().then(() => process.exit(1));
    });
}

async function failStart(
  name: string,
  error: unknown,
  parts: {
    readonly logger: ProcessLogger | undefined;
    readonly shutdown?: (reason: string) => Promise<boolean>;
  },
): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${name}: ${error instanceof SettingsError ? message : `cannot start: ${message}`}\n`);
  parts.logger?.info('cannot start', { error });
  await parts.shutdown?.('the start failed');
  await parts.logger?.close();
  process.exit(1);
}
