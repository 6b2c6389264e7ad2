import type { Records } from './records.ts';

/** What the doors of the service need. */
export interface Cleaner {
  readonly records: Records;
  /** There is work. */
  readonly wake: () => void;
}
