/** One challenge of a `WWW-Authenticate` header: the scheme and the parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const SPACE = /[ \t]*/y;

/**
 * Challenges of `WWW-Authenticate` values by the grammar of RFC 9110 §11.6.1 (RFC 7235): several per value, parameters as
 * tokens or quoted strings, token68 (left out), empty list elements. What does not parse ends the list.
 */
export function parseChallenges(values: readonly string[]): Challenge[] {
  return values.flatMap(parseValue);
}

function parseValue(text: string): Challenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  let offset = 0;

  function take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = offset;
    const match = expression.exec(text);
    if (match !== null) {
      offset = expression.lastIndex;
    }
    return match;
  }
  function takeChar(char: string): boolean {
    take(SPACE);
    if (text[offset] !== char) {
      return false;
    }
    offset += 1;
    return true;
  }
  /** After a name: `= value` makes it a parameter. Undefined when it is none. */
  function takeValue(): string | null | undefined {
    const start = offset;
    if (!takeChar('=')) {
      offset = start;
      return undefined;
    }
    take(SPACE);
    const quoted = take(QUOTED);
    return quoted ? (quoted[1] ?? '').replace(/\\(.)/gs, '$1') : (take(TOKEN)?.[0] ?? null);
  }

  while (offset < text.length) {
    if (takeChar(',')) {
      continue;
    }
    const name = take(TOKEN)?.[0]?.toLowerCase();
    if (name === undefined) {
      break;
    }
    const current = challenges.at(-1);
    const value = current === undefined ? undefined : takeValue();
    if (value === null) {
      break;
    }
    if (current !== undefined && value !== undefined) {
      current.params[name] ??= value;
      continue;
    }
    challenges.push({ scheme: name, params: {} });
    const beforeParams = offset;
    take(SPACE);
    const isParam = /^[^\s,="]+[ \t]*=[ \t]*[^\s=,]/.test(text.slice(offset, offset + 200));
    if (offset > beforeParams && !isParam) {
      take(TOKEN68);
    }
  }
  return challenges;
}
