/** Raw path and query of a request target, which may also come in absolute form (RFC 9112 section 3.2.2). */
export function splitTarget(target: string): [path: string, search: string] {
  const start = target.startsWith('/') ? 0 : target.indexOf('/', target.indexOf('://') + 3);
  const mark = target.indexOf('?');
  if (start < 0 || (mark >= 0 && mark < start)) return ['/', mark < 0 ? '' : target.slice(mark + 1)];
  if (mark < 0) return [start === 0 ? target : target.slice(start), ''];
  return [target.slice(start, mark), target.slice(mark + 1)];
}
