import { type Look, printable } from './format.ts';
import type { View } from './view.ts';

const GAP = '   ';

/**
 * Makes lines of a table page by page: columns are as wide as the first page needs and grow with later ones.
 * `heading()` is the first line, known after the first page.
 */
export function createTable<Item>(view: View<Item>, look: Look) {
  const fields = view.fields.filter(({ only }) => only === undefined || (only === 'wide' && look.isWide));
  const widths = fields.map(({ heading }) => heading.length);

  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return fields[index]?.right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();

  return {
    heading: (): string => line(fields.map(({ heading }) => heading.toUpperCase())),
    rows(items: readonly Item[]): string[] {
      const rows = items.map((item) =>
        fields.map(({ value }) => printable([value(item, look)].flat().join(', '))),
      );
      for (const row of rows)
        row.forEach((cell, index) => {
          widths[index] = Math.max(widths[index] ?? 0, cell.length);
        });
      return rows.map(line);
    },
  };
}

/** One item: a line for each field, the names aligned. */
export function detailLines<Item>(view: View<Item>, item: Item, look: Look): string[] {
  const width = Math.max(...view.fields.map(({ heading }) => heading.length)) + 1;
  return view.fields.flatMap(({ heading, value }) => {
    const texts = [value(item, look)].flat();
    return (texts.length === 0 ? ['-'] : texts).map(
      (text, index) => `${(index === 0 ? `${heading}:` : '').padEnd(width)} ${printable(text)}`,
    );
  });
}
