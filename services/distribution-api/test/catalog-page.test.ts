import type { RpcCaller } from '@berth/bus';
import { describe, expect, test } from '@jest/globals';
import { catalogPage } from '../http/catalog-page.ts';

const PUBLIC = ['m-public/web', 'zz-public/web'];
const nameOf = (id: string) => `r${id}/web`;

/** Answers as metadata does, for at most 10,000 ids a call. */
const calls: number[] = [];
const bus = {
  call: async (_: unknown, query: { registryIds: string[]; limit: number; last?: string }) => {
    calls.push(query.registryIds.length);
    const { last = '', limit } = query;
    const names = [...query.registryIds.map(nameOf), ...PUBLIC].filter((name) => name > last).sort();
    return { names: names.slice(0, limit), hasMore: names.length > limit };
  },
} as unknown as RpcCaller;

const ids = Array.from({ length: 20_001 }, (_, n) => String(n).padStart(5, '0')).reverse();

describe('a page of the catalog', () => {
  test('of whoever has roles in more registries than a call may name loses none of them', async () => {
    calls.length = 0;
    const expected = [...ids.map(nameOf), ...PUBLIC].sort();
    let last = '';
    const seen: string[] = [];
    for (let hasMore = true; hasMore; ) {
      const query = { all: false, registryIds: ids, limit: 7_000, ...(last && { last }) };
      const page = await catalogPage(bus, query, {});
      seen.push(...page.names);
      last = page.names.at(-1) ?? '';
      hasMore = page.hasMore;
    }
    expect(seen).toEqual(expected);
    expect(Math.max(...calls)).toBe(10_000);
  });

  test('of whoever has none is one call', async () => {
    calls.length = 0;
    const page = await catalogPage(bus, { all: false, registryIds: [], limit: 1 }, {});
    expect(page).toEqual({ names: ['m-public/web'], hasMore: true });
    expect(calls).toEqual([0]);
  });
});
