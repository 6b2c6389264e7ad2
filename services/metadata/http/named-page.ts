/** What a list of named things in one parent is asked for. */
export interface NamedQuery {
  readonly limit: number;
  readonly after?: string;
  readonly q?: string;
  readonly name?: string;
  readonly sort?: string;
}

/** A page of an index whose first field is the parent and whose second is the name. */
export function namedPage({ limit, after, q, name, sort }: NamedQuery, parent: Record<string, string>) {
  return {
    equals: name === undefined ? parent : { ...parent, name },
    limit,
    descending: sort?.startsWith('-') ?? false,
    ...(after === undefined ? {} : { after }),
    ...(q === undefined ? {} : { contains: { field: 'name', text: q } }),
  };
}
