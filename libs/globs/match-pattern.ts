/** A character that is itself; `?` one character, `*` any run of them within a folder, `**` any run; `folders` any of them, also none. */
export type Token = { readonly char: string } | '?' | '*' | '**' | 'folders';

/** A pattern without braces. Two asterisks and a slash at the start of a folder are `folders`: `a/` + `folders` + `b` fits `a/b`. */
export function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const { token, length } = tokenAt(pattern, at);
    if (typeof token === 'object' || token === '?' || tokens.at(-1) !== token) tokens.push(token);
    at += length;
  }
  return tokens;
}

function tokenAt(pattern: string, at: number): { readonly token: Token; readonly length: number } {
  const isFolderStart = at === 0 || pattern[at - 1] === '/';
  if (isFolderStart && pattern.startsWith('**/', at)) return { token: 'folders', length: 3 };
  if (pattern.startsWith('**', at)) return { token: '**', length: 2 };
  const char = pattern[at] ?? '';
  return { token: char === '*' || char === '?' ? char : { char }, length: 1 };
}

/**
 * Does the whole name fit? All ways to fit are followed at once, so that the time is at most the length of the name
 * times that of the pattern, whatever the pattern: a regular expression could take for ever.
 */
export function fits(tokens: readonly Token[], name: string): boolean {
  let states = withSkipped(tokens, [0], true);
  for (const char of name) {
    if (states.size === 0) return false;
    const next = [...states].flatMap((state) => step(tokens[state], state, char));
    states = withSkipped(tokens, next, char === '/');
  }
  return states.has(tokens.length);
}

/** With the states that are reached without a character. Folders end, or are none, only at the start of a folder. */
function withSkipped(
  tokens: readonly Token[],
  states: readonly number[],
  isFolderStart: boolean,
): Set<number> {
  const all = new Set<number>();
  for (let state of states) {
    for (; !all.has(state); state++) {
      all.add(state);
      const token = tokens[state];
      const maySkip = token === '*' || token === '**' || (token === 'folders' && isFolderStart);
      if (!maySkip) break;
    }
  }
  return all;
}

function step(token: Token | undefined, state: number, char: string): number[] {
  if (token === undefined) return [];
  if (typeof token === 'object') return token.char === char ? [state + 1] : [];
  if (token === '**' || token === 'folders') return [state];
  if (char === '/') return [];
  return token === '*' ? [state] : [state + 1];
}
