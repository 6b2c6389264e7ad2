import type { Look } from './format.ts';

/** One thing to show of an item: a column in lists, a line for one item, where several texts take a line each. */
export interface Field<Item> {
  readonly heading: string;
  readonly value: (item: Item, look: Look) => string | readonly string[];
  /** Numbers stand at the right. */
  readonly right?: boolean;
  /** `wide`: in lists only with `--wide`; `detail`: never in lists. */
  readonly only?: 'wide' | 'detail';
}

/** How a kind of resource is shown. */
export interface View<Item> {
  /** What `-q` prints: what other commands take. */
  readonly name: (item: Item) => string;
  readonly fields: readonly Field<Item>[];
}
