/** One reading of one measure of one target. */
export interface Sample {
  /** Row of the table, with its unit: `push 1 MiB images, images/s`. */
  readonly row: string;
  readonly target: string;
  readonly value: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The values of one row and target, in the order they were taken. */
export function valuesOf(samples: readonly Sample[], row: string, target: string): number[] {
  return samples.filter((sample) => sample.row === row && sample.target === target).map(({ value }) => value);
}

export function rowsOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.map(({ row }) => row))];
}
