const MIB = 1024 * 1024;

/** The least that S3 takes for a part that others follow. */
export const SMALLEST_PART_BYTES = 5 * MIB;
export const MOST_PARTS = 10_000;
const LARGEST_PART_BYTES = 5 * 1024 * MIB;
const SMALLEST_PARTS = 1_100;
const PARTS_OF_ONE_SIZE = 950;

/**
 * How large part `number` (from 1) is to be: 5 MiB up to part 1,100, then doubling every 950 parts up to the 5 GiB that S3
 * allows. So 5.3 GiB come in parts of 5 MiB, 33 GiB in parts of at most 20 MiB, and 10,000 parts hold more than 5 TiB.
 */
export function partSize(number: number): number {
  if (number <= SMALLEST_PARTS) return SMALLEST_PART_BYTES;
  const doublings = 1 + Math.floor((number - 1 - SMALLEST_PARTS) / PARTS_OF_ONE_SIZE);
  return Math.min(SMALLEST_PART_BYTES * 2 ** doublings, LARGEST_PART_BYTES);
}
