/** How values are shown to people. */
export interface Look {
  readonly now: Date;
  /** Whole digests and exact times. */
  readonly isWide: boolean;
}

/** `3 minutes ago`, `in 2 days`; with `--wide` as it came; `-` for none. */
export function showTime(time: string | null | undefined, { now, isWide }: Look): string {
  if (time === null || time === undefined) return '-';
  const milliseconds = Date.parse(time) - now.getTime();
  if (isWide || Number.isNaN(milliseconds)) return time;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(milliseconds) >= length) ?? ['second', 1_000];
  const count = Math.trunc(milliseconds / size);
  if (unit === 'second' && Math.abs(count) < 2) return 'now';
  const words = `${Math.abs(count)} ${unit}${Math.abs(count) === 1 ? '' : 's'}`;
  return count < 0 ? `${words} ago` : `in ${words}`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** The first twelve digits, as docker shows them; with `--wide` whole. */
export function showDigest(digest: string, { isWide }: Look): string {
  return isWide ? digest : digest.replace(/^([^:]*:.{12}).*$/, '$1');
}

/** `12.3 MB`: powers of a thousand, as docker shows them. */
export function showSize(sizeBytes: number): string {
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1_000 && unit < SIZES.length - 1) {
    size /= 1_000;
    unit++;
  }
  const shown = unit === 0 || size >= 100 ? Math.round(size) : Number(size.toPrecision(3));
  return `${shown} ${SIZES[unit]}`;
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function showFlag(value: boolean): string {
  return value ? 'yes' : 'no';
}

export function showList(values: readonly string[] | undefined): string {
  return values === undefined || values.length === 0 ? '-' : values.join(', ');
}

/** What a server says, with nothing in it that could move the cursor or recolour the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
