export interface Bell {
  /** Wakes whoever waits, or the next one who would. */
  ring(): void;
  /** True when it rang, false when the time was over. */
  wait(timeoutMs: number): Promise<boolean>;
}

/** One waiter, any number of rings: those that come while nobody waits count as one. */
export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(timeoutMs) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const heard = rung;
      rung = false;
      return heard;
    },
  };
}
