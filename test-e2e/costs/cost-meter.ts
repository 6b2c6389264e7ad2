import type { BerthProduct } from '../support/berth-product.ts';

/**
 * What was spent while something ran: round trips over the bus, writes and commits of metadata's database. Those of other
 * services come of events, after the answer.
 */
export interface Cost {
  readonly rpcs: number;
  /** `{'metadata.getManifest': 1}` */
  readonly byMethod: Readonly<Record<string, number>>;
  readonly documentWrites: number;
  /** Each is one fsync. */
  readonly durableCommits: number;
}

/** Counts by the services' own metrics what `work` costs. Nothing else may ask the product meanwhile. */
export async function costOf(product: BerthProduct, work: () => Promise<unknown>): Promise<Cost> {
  const before = await totals(product);
  await work();
  const after = await totals(product);
  const spent = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const methods = [...after.keys()].filter((name) => name.startsWith('rpc '));
  const byMethod = Object.fromEntries(
    methods.map((name) => [name.slice(4), spent(name)] as const).filter(([, count]) => count > 0),
  );
  return {
    rpcs: Object.values(byMethod).reduce((sum, count) => sum + count, 0),
    byMethod,
    documentWrites: spent('metadata berth_document_writes_total'),
    durableCommits: spent('metadata berth_durable_commits_total'),
  };
}

/** The commits of a service's database since its start. */
export async function durableCommitsOf(product: BerthProduct, service: string): Promise<number> {
  const commits = (await totals(product)).get(`${service} berth_durable_commits_total`);
  if (commits === undefined) throw new Error(`${service} tells of no commits`);
  return commits;
}

/** Calls summed over all services, since each is counted by its caller; all else by service. */
async function totals(product: BerthProduct): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const { name, port } of await product.processes()) {
    if (name === 'gateway' || name === 'nats-server') continue;
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const line of page.split('\n')) {
      const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!sample) continue;
      const [, metric = '', labels = '', value] = sample;
      const key =
        metric === 'berth_rpc_call_duration_seconds_count'
          ? `rpc ${/method="([^"]*)"/.exec(labels)?.[1]}`
          : `${name} ${metric}`;
      sums.set(key, (sums.get(key) ?? 0) + Number(value));
    }
  }
  return sums;
}
