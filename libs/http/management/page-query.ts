import { HttpError, type InputProblem } from '../http-error.ts';

/** What a list is asked for: `?limit=&after=&q=&name=`. */
export interface PageQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
  /** Substring. */
  readonly q?: string;
  /** Exact. */
  readonly name?: string;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_LENGTH = { after: 2_048, q: 255, name: 255 } as const;

/** @throws HttpError PAGE_INVALID (400) with every problem of the query */
export function parsePage(query: URLSearchParams): PageQuery {
  const errors: InputProblem[] = [];
  const limitText = query.get('limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,6}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    const got = JSON.stringify(limitText.slice(0, 50));
    errors.push({ path: '/limit', message: `must be a whole number from 1 to ${MAX_LIMIT} (got ${got})` });
  }
  const page: Record<string, string> = {};
  for (const name of ['after', 'q', 'name'] as const) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    if (text.length > MAX_LENGTH[name])
      errors.push({ path: `/${name}`, message: `must have at most ${MAX_LENGTH[name]} characters` });
    page[name] = text;
  }
  if (errors.length > 0) {
    const detail = errors.map(({ path, message }) => `${path.slice(1)} ${message}`).join('; ');
    throw new HttpError(400, 'PAGE_INVALID', detail, { errors });
  }
  return { limit, ...page };
}
