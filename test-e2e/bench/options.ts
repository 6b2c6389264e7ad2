import { parseArgs } from 'node:util';

export const MEASURES = ['get', 'push1', 'pull1', 'push10', 'pull10', 'big', 'tags'] as const;
export type MeasureName = (typeof MEASURES)[number];

export const TARGETS = ['berth', 'distribution', 'docker-registry'] as const;
export type TargetName = (typeof TARGETS)[number];

/** `embedded`: each on its own files. `s3`: one S3 server for all, and for Berth a MongoDB server. */
export const BACKENDS = ['embedded', 's3'] as const;
export type Backends = (typeof BACKENDS)[number];
/** docker-registry 2.8 asks S3 for more than the server for tests knows. */
const TARGETS_ON_S3: readonly TargetName[] = ['berth', 'distribution'];

export interface BenchOptions {
  readonly only: ReadonlySet<MeasureName>;
  readonly targets: readonly TargetName[];
  readonly backends: Backends;
  readonly rounds: number;
  /** How long wrk runs, and a turn of pulls, in seconds. */
  readonly seconds: number;
  /** A Berth that runs already (`--berth http://127.0.0.1:5000 --password …`); else one is started. */
  readonly berth: { readonly origin: string; readonly password: string } | null;
  /** Write docs/BENCHMARKS.md: by default only when everything was measured. */
  readonly write: boolean;
}

export const USAGE = `usage: npm run bench -- [options]
  --only ${MEASURES.join(',')}   what to measure (default: all)
  --targets ${TARGETS.join(',')}   (default: all)
  --backends embedded|s3   s3: all on one S3 server, Berth's facts on the stand-in for MongoDB
  --rounds 5          interleaved rounds
  --seconds 5         how long wrk runs, and each turn of pulls
  --berth URL --password TEXT   measure a Berth that runs already, with the admin's password
  --write | --no-write   docs/BENCHMARKS.md is written when everything was measured, unless told otherwise
`;

/** Throws an Error whose message is for the terminal. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string' },
      targets: { type: 'string' },
      backends: { type: 'string', default: 'embedded' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      berth: { type: 'string' },
      password: { type: 'string' },
      write: { type: 'boolean' },
    },
  });
  const only = new Set(chosen('only', values.only, MEASURES));
  const [backends = 'embedded'] = chosen('backends', values.backends, BACKENDS);
  const possible = backends === 's3' ? TARGETS_ON_S3 : TARGETS;
  const targets = chosen('targets', values.targets, possible);
  const isWhole = only.size === MEASURES.length && targets.length === possible.length;
  if ((values.berth === undefined) !== (values.password === undefined)) {
    throw new Error('--berth and --password belong together');
  }
  return {
    only,
    targets,
    backends,
    rounds: count('rounds', values.rounds),
    seconds: count('seconds', values.seconds),
    berth: values.berth === undefined ? null : { origin: values.berth, password: values.password ?? '' },
    write: values.write ?? isWhole,
  };
}

function chosen<T extends string>(name: string, text: string | undefined, all: readonly T[]): readonly T[] {
  if (text === undefined) return all;
  const wanted = text.split(',');
  const unknown = wanted.filter((word) => !all.some((known) => known === word));
  if (unknown.length > 0) throw new Error(`--${name}: ${unknown.join(', ')} is none of ${all.join(', ')}`);
  return all.filter((known) => wanted.includes(known));
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number above 0, not ${text}`);
  return value;
}
