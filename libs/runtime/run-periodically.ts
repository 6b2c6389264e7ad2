import type { Logger } from './logger.ts';

/** Runs a job again and again, with a pause between the end of one round and the next; a failed round is logged. */
export function runPeriodically(options: {
  readonly name: string;
  readonly everyMs: number;
  readonly job: () => Promise<unknown>;
  readonly logger: Logger;
}): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let round: Promise<void> = Promise.resolve();

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      round = options
        .job()
        .then(
          () => {},
          (error: unknown) => options.logger.warn('periodic job failed', { job: options.name, error }),
        )
        .then(schedule);
    }, options.everyMs);
  }

  schedule();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
