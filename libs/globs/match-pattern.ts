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
  let states = new Uint8Array(tokens.length + 1);
  let next = new Uint8Array(tokens.length + 1);
  let isAlive: boolean = reach(tokens, states, 0, true);
  for (const char of name) {
    if (!isAlive) return false;
    isAlive = false;
    next.fill(0);
    for (let state = 0; state < tokens.length; state++) {
      if (states[state] === 0) continue;
      const reached = step(tokens[state], state, char);
      if (reached !== undefined) isAlive = reach(tokens, next, reached, char === '/');
    }
    [states, next] = [next, states];
  }
  return states[tokens.length] === 1;
}

/** Marks a state, and those that are reached from it without a character. Folders end, or are none, only at the start of a folder. */
function reach(tokens: readonly Token[], states: Uint8Array, from: number, isFolderStart: boolean): true {
  for (let state = from; states[state] === 0; state++) {
    states[state] = 1;
    const token = tokens[state];
    const maySkip = token === '*' || token === '**' || (token === 'folders' && isFolderStart);
    if (!maySkip) break;
  }
  return true;
}

/** The state behind a character, if any. */
function step(token: Token | undefined, state: number, char: string): number | undefined {
  if (typeof token === 'object') return token.char === char ? state + 1 : undefined;
  if (token === '**' || token === 'folders') return state;
  if (char === '/') return undefined;
  return token === '*' ? state : state + 1;
}
