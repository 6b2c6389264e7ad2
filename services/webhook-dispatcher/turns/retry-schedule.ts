/** So many attempts, then a delivery has failed; with pauses from 5 s up they take about a day. */
export const MOST_TRIES = 18;
/** After so many failed attempts later deliveries of the same object wait no longer; from 5 s up that is ten minutes. */
export const TRIES_IN_TURN = 8;
const LONGEST_PAUSE_MS = 4 * 3_600_000;
const JITTER = 0.1;

/**
 * The pause after the `tries`-th failed attempt: doubling from `firstMs`, at most four hours, a tenth more or less.
 * @param random from 0 to 1
 */
export function retryPauseMs(tries: number, firstMs: number, random: number): number {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** (tries - 1));
  return Math.round(pauseMs * (1 - JITTER + 2 * JITTER * random));
}
