import { lookup } from 'node:dns/promises';
import type { Target } from './settings.ts';

/** The addresses of the copies of each service, sorted: `10.0.0.5:8080`. */
export type Copies = ReadonlyMap<string, readonly string[]>;

/** Nobody is there: nginx needs an address, and answers 502 in our words. */
const NOBODY = '127.0.0.1:9';

/**
 * Asks for the addresses behind every name. One that is not known now keeps the addresses of `before`: a name server that
 * is away for a moment takes no service away.
 */
export async function findCopies(
  targets: ReadonlyMap<string, readonly Target[]>,
  before: Copies,
): Promise<Copies> {
  const found = await Promise.all(
    [...targets].map(async ([name, places]) => {
      const addresses = (await Promise.all(places.map(addressesOf))).flat();
      const known = addresses.length > 0 ? [...new Set(addresses)].sort() : before.get(name);
      return [name, known ?? [NOBODY]] as const;
    }),
  );
  return new Map(found);
}

async function addressesOf({ host, port }: Target): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address, family }) => `${family === 6 ? `[${address}]` : address}:${port}`);
}
