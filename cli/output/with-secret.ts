import type { Output } from './output.ts';
import type { View } from './view.ts';

/**
 * Shows what was just made with its secret, which the API never tells again; a note says so. `-q` prints name and secret in one
 * line, for `read`.
 */
export async function outputWithSecret<Item extends { readonly secret: string }>(
  output: Output,
  view: View<Omit<Item, 'secret'>>,
  item: Item,
): Promise<void> {
  await output.one<Item>(
    {
      name: (made) => `${view.name(made)} ${made.secret}`,
      fields: [...view.fields, { heading: 'secret', value: ({ secret }) => secret }],
    },
    item,
  );
  await output.note('the secret is shown this once');
}
