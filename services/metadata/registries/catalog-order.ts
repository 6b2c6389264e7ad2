/** `_catalog` is in the byte order of `<registry>/<image>`, in which `a-b/…` and `a.b/…` come before `a/…`. */
const catalogKey = (name: string): string => `${name}/`;

/** Every repository of the registry comes before `last`, or is it. */
export function isPassed(name: string, last: string): boolean {
  return `${name}0` <= last; // "0" follows "/"
}

/** The registries whose repositories may come after `last` although their own names come before its registry's. */
export function overtakenNames(last: string): string[] {
  const end = last.indexOf('/');
  const first = end < 0 ? last : last.slice(0, end);
  return [...first.matchAll(/[-.]/g)].map(({ index }) => first.slice(0, index)).filter((name) => name !== '');
}

/** Registries that come in the order of their names, in the order of the catalog: some are held back for those that begin with their name. */
export async function* inCatalogOrder<Registry extends { readonly name: string }>(
  byName: AsyncIterable<Registry>,
): AsyncGenerator<Registry> {
  const held: Registry[] = [];
  for await (const registry of byName) {
    for (;;) {
      const top = held.at(-1);
      if (top === undefined || catalogKey(top.name) > catalogKey(registry.name)) break;
      yield top;
      held.pop();
    }
    held.push(registry);
  }
  yield* held.reverse();
}
