import { join } from 'node:path';
import { temporaryFolder } from '@berth/testing';
import { callManagement } from '../access/management-client.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { replaceBetweenMarkers } from '../support/replace-between-markers.ts';
import { median } from './samples.ts';
import { numbered, seedRegistries } from './seed-registries.ts';

const PAGE = join(import.meta.dirname, '../../docs/BENCHMARKS.md');
const ARTIFACTS = 100_000;
const COUNTS = {
  registries: 10_000,
  imagesEach: 20,
  full: { registry: 'big', images: 1, artifactsEach: ARTIFACTS },
} as const;
const USERS = 1_000;
const WEBHOOKS = 200;
const LIMIT = 50;
const READS = 50;

interface List {
  readonly what: string;
  /** Of a page that begins after `after`. */
  path(after: string | null): string;
  /** What the last page begins after; found by walking the pages where it is a cursor. */
  readonly lastAfter?: string;
}

const query = (path: string, after: string | null): string => {
  const more = after === null ? '' : `&after=${encodeURIComponent(after)}`;
  return `/api/v1${path}${path.includes('?') ? '&' : '?'}limit=${LIMIT}${more}`;
};

const LISTS: readonly List[] = [
  { what: `registries, ${COUNTS.registries}`, path: (after) => query('/registries', after) },
  {
    what: `images of a registry, ${COUNTS.imagesEach}`,
    path: (after) => query(`/registries/${numbered('r', 5_000)}/images`, after),
  },
  {
    what: `repositories in the catalog, ${COUNTS.registries * COUNTS.imagesEach}`,
    path: (after) => `/v2/_catalog?n=${LIMIT}${after === null ? '' : `&last=${encodeURIComponent(after)}`}`,
    lastAfter: `${numbered('r', COUNTS.registries - 3)}/${numbered('i', 10)}`,
  },
  {
    what: `artifacts of an image, ${ARTIFACTS}`,
    path: (after) => query(`/registries/big/images/${numbered('i', 0)}/artifacts`, after),
  },
  {
    what: `tags of an image, ${ARTIFACTS}`,
    path: (after) => query(`/registries/big/images/${numbered('i', 0)}/tags`, after),
  },
  { what: `users, ${USERS}`, path: (after) => query('/access/users', after) },
  { what: `webhooks of a registry, ${WEBHOOKS}`, path: (after) => query('/webhooks?registry=big', after) },
];

/** Seeds a Berth with the sizes that an organisation of thousands has, and measures the pages of its lists. */
async function main(): Promise<void> {
  const dataFolder = await temporaryFolder();
  const first = await startBerthProduct({ dataFolder });
  await first.berth.halt();
  await seedRegistries(join(dataFolder, 'databases/metadata.db'), COUNTS);
  const product = await startBerthProduct({ dataFolder, env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' } });
  try {
    await seedByApi(product);
    const lines = ['| list, pages of 50 | first page, ms | last page, ms |', '|---|---:|---:|'];
    for (const list of LISTS) {
      const last = list.lastAfter ?? (await walk(product, list));
      const times = [await measure(product, list.path(null)), await measure(product, list.path(last))];
      const line = `| ${list.what} | ${times.map((time) => time.toFixed(2)).join(' | ')} |`;
      process.stdout.write(`${line}\n`);
      lines.push(line);
    }
    await replaceBetweenMarkers(PAGE, 'lists', `\n${lines.join('\n')}\n`);
  } finally {
    await product.stop();
  }
}

async function seedByApi(product: BerthProduct): Promise<void> {
  const authorization = basic('admin', product.password);
  const make = async (operation: 'createUser' | 'createWebhook', body: unknown): Promise<void> => {
    const answer = await callManagement(product.origin, operation, { body }, authorization);
    if (answer.status !== 201) throw new Error(`${operation}: ${JSON.stringify(answer.body)}`);
  };
  for (let index = 0; index < USERS; index += 2)
    await Promise.all(
      [index, index + 1].map((serial) =>
        make('createUser', { username: numbered('u', serial), password: 'a password of the bench' }),
      ),
    );
  for (let index = 0; index < WEBHOOKS; index += 1)
    await make('createWebhook', {
      registry: 'big',
      name: numbered('w', index),
      url: 'http://127.0.0.1:9/',
      events: ['registry.deleted'],
    });
}

async function read(product: BerthProduct, path: string): Promise<{ next: string | null }> {
  const authorization = basic('admin', product.password);
  const answer = await fetch(`${product.origin}${path}`, { headers: { authorization } });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { next: string | null };
}

/** The cursor of the last page. */
async function walk(product: BerthProduct, list: List): Promise<string | null> {
  let after: string | null = null;
  for (;;) {
    const page: { next: string | null } = await read(product, list.path(after));
    if (page.next === null) return after;
    after = page.next;
  }
}

async function measure(product: BerthProduct, path: string): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < READS; count += 1) {
    const start = process.hrtime.bigint();
    await read(product, path);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return median(times);
}

await main();
