import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const POOL_BYTES = 4_096;
const RANDOM_CHARS = 16;
let pool = Buffer.alloc(0);
let used = 0;

/** Epoch milliseconds. */
export type Clock = () => number;

/**
 * A new id: 26 characters of `[0-9a-z]`, the first 10 the time in milliseconds and the rest 80 random bits (a ULID in
 * lower case). Sorts by time; ids of one millisecond are in no order.
 */
export function newId(clock: Clock = Date.now): string {
  let time = clock();
  let head = '';
  for (let place = 0; place < 10; place++) {
    head = (ALPHABET[time % 32] ?? '') + head;
    time = Math.floor(time / 32);
  }
  if (used + RANDOM_CHARS > pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  let tail = '';
  for (let place = 0; place < RANDOM_CHARS; place++) tail += ALPHABET[(pool[used + place] ?? 0) & 31];
  used += RANDOM_CHARS;
  return head + tail;
}
