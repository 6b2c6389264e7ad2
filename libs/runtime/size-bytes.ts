const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

export const SIZE_RULE = 'must be a size such as 4096, 512KiB, 4MiB or 10GB';

/** `4096`, `512KiB`, `4MiB`, `10GB` as bytes; undefined for anything else. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d{1,15})([KMGT]i?B|B)?$/.exec(text);
  const unit = UNIT_BYTES[match?.[2] ?? ''];
  if (match === null || unit === undefined) return undefined;
  const sizeBytes = Number(match[1]) * unit;
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}
