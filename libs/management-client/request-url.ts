import { ManagementError } from './management-error.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The URL of a call. An image's slashes become `~`, everything else is percent-encoded.
 *
 * @throws ManagementError PARAMETER_INVALID for an empty part, `.` or `..`: such a path would lead to another operation
 */
export function requestUrl(origin: string, pattern: string, params: Values, query: Values): URL {
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => pathPart(name, params[name]));
  const url = new URL(path, origin);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function pathPart(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  const part = name === 'image' ? text.replaceAll('/', '~') : text;
  if (part === '' || part === '.' || part === '..')
    throw new ManagementError('PARAMETER_INVALID', `${name} must not be ${JSON.stringify(text)}`);
  return encodeURIComponent(part);
}
