import { parseArgs } from 'node:util';
import { parseDuration } from '@berth/runtime';
import { OperatorError } from '../operator-error.ts';

export interface CheckOptions {
  /** Which share of the blobs is read and hashed: 0 none, 1 all. */
  readonly hashedShare: number;
  /** Bytes that are read a second at most; null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
  /** Between a finding and the second look at it: what is under way has ended by then. */
  readonly settleMs: number;
  readonly repair: boolean;
  /** Which share of the blobs, keys or tags a repair gives up at most: from 0 to 1. */
  readonly repairShare: number;
  readonly json: boolean;
}

export const CHECK_USAGE = `usage: berth check [options]

Compares what a running Berth knows with the bytes that it stores, while clients work: missing and orphaned bytes,
wrong sizes and digests, facts that do not agree. Run it where the services run, with their settings.

  --digests none|sample|all   which blobs are read and hashed (default: sample)
  --sample 1%                 how many of them a sample is
  --rate 50MiB                bytes to read a second at most (default: no bound)
  --settle 2s                 what is found is looked at again after so long; longer than a request takes
  --repair                    mend what can be mended without losing anything; refused where the services use another blob store
  --repair-share 10%          of the blobs, keys or tags at most: where more would be given up, nothing is mended
  --json                      the report as one JSON document

Exit code: 0 all is well, or mended; 1 something is not; 2 it could not be checked.
`;

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** OperatorError for what cannot be understood. */
export function parseCheckOptions(args: readonly string[]): CheckOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      digests: { type: 'string', default: 'sample' },
      sample: { type: 'string', default: '1%' },
      rate: { type: 'string' },
      settle: { type: 'string', default: '2s' },
      repair: { type: 'boolean', default: false },
      'repair-share': { type: 'string', default: '10%' },
      json: { type: 'boolean', default: false },
    },
  });
  const { repair, json, rate } = values;
  return {
    hashedShare: shareOf(values.digests, values.sample),
    bytesPerSecond: rate === undefined ? null : bytesOf(rate),
    settleMs: settleOf(values.settle),
    repairShare: percentOf('--repair-share', values['repair-share']),
    ...{ repair, json },
  };
}

function settleOf(text: string): number {
  const settleMs = parseDuration(text);
  if (settleMs === undefined)
    throw new OperatorError(`--settle must be a duration such as 2s, not "${text}"`);
  return settleMs;
}

function shareOf(digests: string, sample: string): number {
  if (digests === 'none') return 0;
  if (digests === 'all') return 1;
  if (digests !== 'sample')
    throw new OperatorError(`--digests must be none, sample or all, not "${digests}"`);
  return percentOf('--sample', sample);
}

function percentOf(option: string, text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  const share = Number(number) / 100;
  if (number === undefined || share > 1)
    throw new OperatorError(`${option} must be a share from 0% to 100%, not "${text}"`);
  return share;
}

function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (number === undefined || !(bytes > 0))
    throw new OperatorError(`--rate must be bytes a second such as 50MiB, not "${text}"`);
  return bytes;
}
