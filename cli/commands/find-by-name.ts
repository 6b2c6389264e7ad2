import { CommandError } from '../command-error.ts';

/**
 * The id of a thing of a registry that `<registry>/<name>`, or its id, names; `find` looks for that name in that registry, which may
 * be `*`.
 *
 * @throws CommandError when there is none
 */
export async function findByName(
  kind: string,
  text: string,
  find: (query: { readonly registry: string; readonly name: string }) => Promise<{ id: string } | undefined>,
): Promise<string> {
  const slash = text.indexOf('/');
  if (slash < 0) return text;
  const query = { registry: text.slice(0, slash), name: text.slice(slash + 1) };
  const found = await find(query);
  if (found === undefined)
    throw new CommandError(`${kind} "${query.name}" does not exist in registry "${query.registry}"`);
  return found.id;
}
