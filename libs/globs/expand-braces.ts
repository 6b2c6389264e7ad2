import { GlobError } from './glob-error.ts';

/** So many patterns may stand behind the braces of one. */
export const MAX_ALTERNATIVES = 64;

/** `{a,b}c` as `ac`, `bc`. Braces do not nest. GlobError for those that do, that stay open, or that say too much. */
export function expandBraces(pattern: string): string[] {
  let expanded = [''];
  for (const part of pattern.split(/(\{[^{}]*\})/)) {
    if (/^\{.*\}$/.test(part)) {
      const options = part.slice(1, -1).split(',');
      expanded = expanded.flatMap((before) => options.map((option) => before + option));
    } else if (/[{}]/.test(part)) {
      throw new GlobError(pattern, 'braces come in pairs and do not nest');
    } else {
      expanded = expanded.map((before) => before + part);
    }
    if (expanded.length > MAX_ALTERNATIVES)
      throw new GlobError(pattern, `its braces stand for more than ${MAX_ALTERNATIVES} patterns`);
  }
  return expanded;
}
