import { ManifestRuleError } from './json-rule.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Refuses what JSON.parse lets pass in a text that is valid JSON: nesting deeper than `maxDepth`, and two fields of
 * one object with the same name, of which every reader may take another. One pass, O(length).
 */
export function checkJsonText(text: string, options: { readonly maxDepth: number }): void {
  /** Per open bracket: the names seen in it, or null in a list. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const end = endOfString(text, i);
      const names = open[open.length - 1];
      if (names && isFollowedByColon(text, end + 1)) {
        const name = nameOf(text.slice(i, end + 1));
        if (names.has(name)) {
          throw new ManifestRuleError(
            'manifest',
            `the field ${JSON.stringify(name.slice(0, 80))} appears twice`,
          );
        }
        names.add(name);
      }
      i = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      open.push(code === OPEN_BRACE ? new Set() : null);
      if (open.length > options.maxDepth) {
        throw new ManifestRuleError('manifest', `nested deeper than ${options.maxDepth} levels`);
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
    }
  }
}

/** The position of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function isFollowedByColon(text: string, from: number): boolean {
  let i = from;
  while (text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === COLON;
}

function nameOf(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}
