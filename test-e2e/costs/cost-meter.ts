import type { BerthProduct } from '../support/berth-product.ts';
import { pause } from '../support/pause.ts';

/** Writes and commits of one service's database. */
export interface StoreCost {
  readonly documentWrites: number;
  /** Each is one fsync of a database. */
  readonly durableCommits: number;
}

/** What was spent for something: round trips over the bus, and writes, those that come after the answer included. */
export interface Cost extends StoreCost {
  readonly rpcs: number;
  /** `{'metadata.getManifest': 1}` */
  readonly byMethod: Readonly<Record<string, number>>;
  /** By the service, `metadata`; those that count their writes. The sum is the cost. */
  readonly byService: Readonly<Record<string, StoreCost>>;
}

type Counters = ReadonlyMap<string, number>;

const STILL_MS = 300;
const LOOK_EVERY_MS = 50;
const GIVE_UP_MS = 10_000;

const WRITES = 'berth_document_writes_total';
const COMMITS = 'berth_durable_commits_total';
const CALLS = 'berth_rpc_call_duration_seconds_count';

/**
 * Counts by the services' own metrics what `work` costs: RPCs until it is done, writes until all services are still, so that
 * what its events set off, in the audit log and for webhooks, counts as well. Nothing else may ask the product meanwhile.
 */
export async function costOf(product: BerthProduct, work: () => Promise<unknown>): Promise<Cost> {
  const before = await stillCounters(product);
  await work();
  const answered = await readCounters(product);
  const after = await stillCounters(product);
  const byMethod = spent(before, answered, `${CALLS} `);
  const writes = spent(before, after, `${WRITES} `);
  const commits = spent(before, after, `${COMMITS} `);
  const byService = Object.fromEntries(
    Object.keys(writes).map((service) => [
      service,
      { documentWrites: writes[service] ?? 0, durableCommits: commits[service] ?? 0 },
    ]),
  );
  return {
    rpcs: sum(byMethod),
    byMethod: Object.fromEntries(Object.entries(byMethod).filter(([, count]) => count > 0)),
    byService,
    documentWrites: sum(writes),
    durableCommits: sum(commits),
  };
}

/**
 * The least that one of several works of the same kind costs: what services do by themselves now and then (renew a lease, fold
 * pulls into one write) falls on some of them, not on all.
 */
export async function leastCostOf(
  product: BerthProduct,
  works: readonly (() => Promise<unknown>)[],
): Promise<Cost> {
  const costs: Cost[] = [];
  for (const work of works) costs.push(await costOf(product, work));
  const [least] = costs.toSorted((a, b) => a.documentWrites - b.documentWrites);
  if (least === undefined) throw new TypeError('nothing is to be measured');
  return least;
}

/** The counters once they have not changed for a while. */
async function stillCounters(product: BerthProduct): Promise<Counters> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  let counters = await readCounters(product);
  let since = Date.now();
  while (Date.now() - since < STILL_MS) {
    if (Date.now() > giveUpAt) throw new Error(`the services were not still within ${GIVE_UP_MS} ms`);
    await pause(LOOK_EVERY_MS);
    const now = await readCounters(product);
    if (![...now].every(([key, value]) => counters.get(key) === value)) since = Date.now();
    counters = now;
  }
  return counters;
}

/** `<metric> <service>` of writes and commits, `<metric> <method>` of RPCs: each call is counted by its caller. */
async function readCounters(product: BerthProduct): Promise<Counters> {
  const counters = new Map<string, number>();
  const add = (key: string, value: number) => counters.set(key, (counters.get(key) ?? 0) + value);
  for (const { name, port } of await product.processes()) {
    if (name === 'gateway' || name === 'nats-server') continue;
    const service = name.replace(/-\d+$/, '');
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const line of page.split('\n')) {
      const [, metric = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (metric === WRITES || metric === COMMITS) add(`${metric} ${service}`, Number(value));
      if (metric === CALLS) add(`${metric} ${/method="([^"]*)"/.exec(labels)?.[1]}`, Number(value));
    }
  }
  return counters;
}

/** By how much the counters with a prefix grew; by what follows it. */
function spent(before: Counters, after: Counters, prefix: string): Record<string, number> {
  return Object.fromEntries(
    [...after]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value - (before.get(key) ?? 0)]),
  );
}

function sum(numbers: Readonly<Record<string, number>>): number {
  return Object.values(numbers).reduce((total, number) => total + number, 0);
}
