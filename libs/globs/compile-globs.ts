import type { GlobFilter } from '@berth/contracts';
import { expandBraces } from './expand-braces.ts';
import { GlobError } from './glob-error.ts';
import { fits, type Token, tokensOf } from './match-pattern.ts';

/** The characters of names, the wildcards, and braces. */
const ALLOWED = /^[A-Za-z0-9._\-/:@+*?{},]+$/;
const RULE = 'names, "*" (no "/"), "**", "?" and "{a,b}" are what a pattern is made of';

/** A test for names by `*` (no `/`), `**`, `?` and `{a,b}`. GlobError. */
export function compileGlob(pattern: string): (name: string) => boolean {
  if (!ALLOWED.test(pattern)) throw new GlobError(pattern, RULE);
  const alternatives: Token[][] = expandBraces(pattern).map(tokensOf);
  return (name) => alternatives.some((tokens) => fits(tokens, name));
}

/** A test for names that one of `match` fits and none of `exclude`. GlobError. */
export function compileFilter({ match, exclude = [] }: GlobFilter): (name: string) => boolean {
  const wanted = match.map(compileGlob);
  const unwanted = exclude.map(compileGlob);
  return (name) => wanted.some((fit) => fit(name)) && !unwanted.some((fit) => fit(name));
}
