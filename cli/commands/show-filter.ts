export interface Filter {
  readonly match?: string[] | undefined;
  readonly exclude?: string[] | undefined;
}

export function showFilter({ match, exclude }: Filter): string {
  const excluded = exclude === undefined || exclude.length === 0 ? '' : ` except ${exclude.join(', ')}`;
  return `${match?.join(', ') ?? ''}${excluded}`;
}

/** What only excludes is for all others. */
export function whole(filter: Filter | undefined) {
  return filter && { match: filter.match ?? ['**'], exclude: filter.exclude };
}
