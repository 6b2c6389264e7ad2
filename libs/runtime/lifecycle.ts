import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface Readiness {
  readonly ready: boolean;
  /** By name: `ok`, or why not. */
  readonly checks: Readonly<Record<string, 'ok' | string>>;
}

/** What a service gets to live with: its log, its metrics, and where to say what must be closed and what must be ready. */
export interface Lifecycle {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted when the shutdown begins; from then on nothing is ready. */
  readonly stopping: AbortSignal;
  /** Run at shutdown in reverse order of registration, one after the other. */
  onShutdown(name: string, close: () => Promise<void> | void): void;
  /** `check` rejects with the reason while the service cannot work. Its own parts only, never another service. */
  addReadiness(name: string, check: () => Promise<void>): void;
  readiness(): Promise<Readiness>;
}

/** A lifecycle whose owner ends it. */
export interface OwnedLifecycle extends Lifecycle {
  /** Closes everything, in 10 s at most by default; true when all closed in time and without error. Once only. */
  shutdown(reason: string): Promise<boolean>;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** For all closing together. */
  readonly shutdownMs?: number;
  /** For one readiness check. */
  readonly checkMs?: number;
}

export function createLifecycle(options: LifecycleOptions): OwnedLifecycle {
  const { logger, metrics, shutdownMs = 9_500, checkMs = 2_000 } = options;
  const closers: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  const checks = new Map<string, () => Promise<void>>();
  const stopping = new AbortController();
  let ended: Promise<boolean> | undefined;

  async function closeAll(reason: string): Promise<boolean> {
    logger.info('shutting down', { reason });
    const deadline = timeLimit(shutdownMs);
    let isClean = true;
    for (const { name, close } of closers.toReversed()) {
      try {
        await Promise.race([close(), deadline.passed]);
      } catch (error) {
        isClean = false;
        logger.error('could not close in order', { part: name, error });
      }
    }
    deadline.cancel();
    logger.info('shut down', { isClean });
    return isClean;
  }

  return {
    logger,
    metrics,
    stopping: stopping.signal,
    onShutdown: (name, close) => closers.push({ name, close }),
    addReadiness: (name, check) => checks.set(name, check),
    async readiness() {
      if (stopping.signal.aborted) return { ready: false, checks: { process: 'shutting down' } };
      const entries = await Promise.all(
        [...checks].map(async ([name, check]) => [name, await outcome(check, checkMs)] as const),
      );
      return { ready: entries.every(([, state]) => state === 'ok'), checks: Object.fromEntries(entries) };
    },
    shutdown(reason) {
      stopping.abort();
      ended ??= closeAll(reason);
      return ended;
    },
  };
}

async function outcome(check: () => Promise<void>, limitMs: number): Promise<string> {
  const limit = timeLimit(limitMs);
  try {
    await Promise.race([check(), limit.passed]);
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    limit.cancel();
  }
}

function timeLimit(limitMs: number): { readonly passed: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const timer = setTimeout(() => reject(new Error(`no end after ${limitMs} ms`)), limitMs);
  return { passed: promise, cancel: () => clearTimeout(timer) };
}
