import { isDeepStrictEqual } from 'node:util';

/** The names of the fields in which two settings differ, sorted. Events tell these, never the values. */
export function changedFields(before: object, after: object): string[] {
  const [from, to] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return names.filter((name) => !isDeepStrictEqual(from.get(name), to.get(name)));
}
