const PARTS = /^(mongodb(?:\+srv)?:\/\/[^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

/**
 * The URL of another database on the server, or servers, of a mongodb: URL. The user stays the one of the database that
 * the URL named, or of `admin` where it named none. Undefined when it is no such URL.
 */
export function urlOfDatabase(url: string, database: string): string | undefined {
  const [, server, path, query = ''] = PARTS.exec(url) ?? [];
  if (server === undefined) return undefined;
  const options = new Set(query.split('&').filter((option) => option !== ''));
  const hasSource = [...options].some((option) => /^authSource=/i.test(option));
  if (server.includes('@') && !hasSource) options.add(`authSource=${path || 'admin'}`);
  return `${server}/${database}${options.size === 0 ? '' : `?${[...options].join('&')}`}`;
}
