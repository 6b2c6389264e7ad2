import { Buffer } from 'node:buffer';
import type { Scalar } from './port.ts';

/** The order of every index: numbers (and booleans as 0 and 1) before strings, strings by their UTF-8 bytes. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string') {
    return typeof b === 'string' ? compareStrings(a, b) : 1;
  }
  return typeof b === 'string' ? -1 : Number(a) - Number(b);
}

/** UTF-8 and UTF-16 order differ only where surrogates meet the code points above them. */
function compareStrings(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
