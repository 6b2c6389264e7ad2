import { checkNaming } from './declaration.ts';
import type { Collection, CollectionDefinition, Joined } from './port.ts';

/** Reads the one after the other, where a read costs no round trip. */
export function joinInTurn<From extends object, To extends object>(
  { from, by }: { readonly from: CollectionDefinition<From>; readonly by: keyof From & string },
  collections: { readonly from: Collection<From>; readonly to: Collection<To> },
): (id: string) => Promise<Joined<From, To> | null> {
  checkNaming(from, by);
  return async (id) => {
    const document = await collections.from.get(id);
    if (document === null) return null;
    const name = document[by];
    return { document, named: typeof name === 'string' ? await collections.to.get(name) : null };
  };
}
