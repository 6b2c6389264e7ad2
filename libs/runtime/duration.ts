const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const DURATION_RULE = 'must be a duration such as 500ms, 10s, 5m, 24h or 7d';

/** `500ms`, `10s`, `5m`, `24h`, `7d` as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const milliseconds = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** As people write it, in the largest unit that leaves no rest: 43,200,000 is `12h`. */
export function formatDuration(milliseconds: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit, unitMs] = units.find(([, ms]) => milliseconds % ms === 0) ?? ['ms', 1];
  return `${milliseconds / unitMs}${unit}`;
}
