import type { Page } from '@berth/management-client';
import { type World, write } from '../world.ts';
import type { Look } from './format.ts';
import { createTable, detailLines } from './table.ts';
import type { View } from './view.ts';

/** The options that every command has. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly wide?: boolean | undefined;
}

/** Where results go: tables for people, the API's JSON for scripts, names alone with `-q`. */
export interface Output {
  /** A list as it comes in, at most `limit` of it. */
  list<Item>(view: View<Item>, pages: AsyncIterable<Page<Item>>, limit?: number | undefined): Promise<void>;
  one<Item>(view: View<Item>, item: Item): Promise<void>;
  /** What was done, for people. */
  done(text: string): Promise<void>;
  /** Beside the result, on standard error. */
  note(text: string): Promise<void>;
}

export function createOutput(world: World, options: OutputOptions): Output {
  const { stdout, stderr } = world;
  const look: Look = { now: world.now(), isWide: options.wide === true };
  const isForPeople = !options.json && !options.quiet;

  async function list<Item>(
    view: View<Item>,
    pages: AsyncIterable<Page<Item>>,
    limit = Number.POSITIVE_INFINITY,
  ) {
    const writer = options.json ? jsonLines<Item>() : options.quiet ? names(view) : tableLines(view, look);
    let count = 0;
    let isCut = false;
    for await (const page of pages) {
      const items = page.items.slice(0, limit - count);
      count += items.length;
      await write(stdout, writer.page(items));
      isCut = page.next !== null || items.length < page.items.length;
      if (count >= limit) break;
    }
    await write(stdout, writer.end());
    if (isCut && isForPeople) await note(`the first ${count}; --limit shows more`);
  }

  async function note(text: string) {
    await write(stderr, `berth: ${text}\n`);
  }

  return {
    list,
    note,
    async one(view, item) {
      if (options.json) await write(stdout, `${JSON.stringify(item, null, 2)}\n`);
      else if (options.quiet) await write(stdout, `${view.name(item)}\n`);
      else await write(stdout, `${detailLines(view, item, look).join('\n')}\n`);
    },
    async done(text) {
      if (isForPeople) await write(stdout, `${text}\n`);
    },
  };
}

interface Writer<Item> {
  page(items: readonly Item[]): string;
  end(): string;
}

/** One array, an item a line. */
function jsonLines<Item>(): Writer<Item> {
  let start = '[\n';
  return {
    page: (items) =>
      items
        .map((item) => {
          const text = `${start}${JSON.stringify(item)}`;
          start = ',\n';
          return text;
        })
        .join(''),
    end: () => (start === ',\n' ? '\n]\n' : '[]\n'),
  };
}

function names<Item>(view: View<Item>): Writer<Item> {
  return { page: (items) => items.map((item) => `${view.name(item)}\n`).join(''), end: () => '' };
}

function tableLines<Item>(view: View<Item>, look: Look): Writer<Item> {
  const table = createTable(view, look);
  let isBegun = false;
  return {
    page(items) {
      if (items.length === 0) return '';
      const rows = table.rows(items);
      const lines = isBegun ? rows : [table.heading(), ...rows];
      isBegun = true;
      return `${lines.join('\n')}\n`;
    },
    end: () => (isBegun ? '' : `${table.heading()}\n`),
  };
}
