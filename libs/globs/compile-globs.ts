import type { GlobFilter } from '@berth/contracts';
import { expandBraces } from './expand-braces.ts';
import { GlobError } from './glob-error.ts';
import { fits, type Token, tokensOf } from './match-pattern.ts';

/** The characters of names, the wildcards, and braces. */
const ALLOWED = /^[A-Za-z0-9._\-/:@+*?{},]+$/;
const RULE = 'names, "*" (no "/"), "**", "?" and "{a,b}" are what a pattern is made of';

/** So many characters the patterns of one `match` or `exclude` may stand for, each alternative of braces counted. */
export const MAX_CHARACTERS = 4_096;

/** A test for names by `*` (no `/`), `**`, `?` and `{a,b}`. GlobError. */
export function compileGlob(pattern: string): (name: string) => boolean {
  return compileAny([pattern]);
}

/** A test for names that one of `match` fits and none of `exclude`. GlobError. */
export function compileFilter({ match, exclude = [] }: GlobFilter): (name: string) => boolean {
  const isWanted = compileAny(match);
  const isUnwanted = compileAny(exclude);
  return (name) => isWanted(name) && !isUnwanted(name);
}

/** A test for names that any of the patterns fits: in time for all of them together, however many they are. */
function compileAny(patterns: readonly string[]): (name: string) => boolean {
  const alternatives: Token[][] = [];
  let characters = 0;
  for (const pattern of patterns) {
    if (!ALLOWED.test(pattern)) throw new GlobError(pattern, RULE);
    for (const expanded of expandBraces(pattern)) {
      characters += expanded.length;
      if (characters > MAX_CHARACTERS)
        throw new GlobError(
          pattern,
          `with those before it, and each alternative of braces counted, it has more than ${MAX_CHARACTERS} characters`,
        );
      alternatives.push(tokensOf(expanded));
    }
  }
  return (name) => alternatives.some((tokens) => fits(tokens, name));
}
