/** A value as nginx reads it between quotes. `$` begins a variable in directives that take them. */
export function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** The same where variables are expanded: `$` is spelled by the variable `berth_dollar` of the http block. */
export function quotedWithVariables(value: string): string {
  return quoted(value).replaceAll('$', () => `$\{berth_dollar}`);
}

/** `name { … }` with its lines indented. */
export function block(head: string, lines: readonly string[]): string {
  const body = lines.flatMap((line) => line.split('\n')).map((line) => (line === '' ? '' : `  ${line}`));
  return [`${head} {`, ...body, '}'].join('\n');
}
